#include "agent/relay/spilled_messages.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace relay {
namespace {

void append_record(std::string& text, std::string_view message, bool as_part) {
    const std::uint64_t size = message.size();
    text.append(reinterpret_cast<const char*>(&size), sizeof size);
    text += as_part ? '\1' : '\0';
    text.append(message);
}

}  // namespace

void SpilledMessages::put(std::string_view message, bool as_part) {
    const bool fits = !chunks_.empty() && chunks_.back().text && !is_full(chunks_.back());
    if (!fits) chunks_.push_back({.number = ++last_number_, .text = std::make_shared<std::string>()});
    append_record(*chunks_.back().text, message, as_part);
    in_memory_ += message.size() + overhead;
}

std::optional<SpilledMessages::Message> SpilledMessages::next() const {
    if (chunks_.empty() || !chunks_.front().text) return std::nullopt;
    const std::string_view text = std::string_view{*chunks_.front().text}.substr(at_);
    std::uint64_t size = 0;
    std::memcpy(&size, text.data(), sizeof size);
    return Message{text.substr(overhead, size), text[sizeof size] != '\0'};
}

void SpilledMessages::take() {
    const auto taken = next();
    if (!taken) return;
    at_ += taken->text.size() + overhead;
    const Chunk& first = chunks_.front();
    if (at_ < first.text->size()) return;
    in_memory_ -= first.text->size();
    on_disk_ -= first.place.size;
    if (first.place.file) taken_files_.push_back(first.place.file);
    chunks_.pop_front();
    at_ = 0;
    if (chunks_.empty()) end_file();
}

SpilledMessages::Files SpilledMessages::all_files() {
    Files files = taken_files();
    for (Chunk& chunk : chunks_) {
        if (chunk.place.file) files.push_back(std::move(chunk.place.file));
    }
    if (end_.file) files.push_back(std::move(end_.file));
    return files;
}

std::optional<SpilledMessages::Job> SpilledMessages::begin_job(bool wants) {
    if (busy_ || chunks_.empty()) return std::nullopt;
    const Chunk& first = chunks_.front();
    if (!first.text && wants) {
        busy_ = true;
        return Job{first.number, {}, first.place};
    }
    // The first one's turn has come: it would be read again at once.
    const auto to_write = [](const Chunk& chunk) { return is_full(chunk) && !chunk.stays; };
    auto found = std::find_if(chunks_.begin() + 1, chunks_.end(), to_write);
    if (found == chunks_.end()) return std::nullopt;
    busy_ = true;
    if (end_.offset >= file_bytes) end_file();
    Job job{found->number, {}, {end_.file, end_.offset, 0}};
    for (; found != chunks_.end() && to_write(*found) && job.place.size < job_bytes; ++found) {
        job.texts.push_back(found->text);
        job.place.size += found->text->size();
    }
    return job;
}

void SpilledMessages::written(const Job& job, std::shared_ptr<NamelessFile> file, std::size_t count) {
    busy_ = false;
    Place last = std::exchange(end_, {});
    const bool all = count == job.texts.size();
    if (Chunk* const failed = all ? nullptr : find(job.chunk + count)) failed->stays = true;
    if (!file) std::swap(file, last.file);
    if (!file) return;
    if (chunks_.empty() || count == 0) {
        taken_files_.push_back(std::move(file));
        return;
    }
    Place next{file, job.place.offset, 0};
    for (std::size_t i = 0; i < count; ++i) {
        next.size = job.texts[i]->size();
        place(job.chunk + i, next);
        next.offset += next.size;
    }
    if (all)
        end_ = {std::move(file), next.offset, 0};
    else
        taken_files_.push_back(std::move(file));
}

/// The next chunk goes to a new one.
void SpilledMessages::end_file() {
    if (end_.file) taken_files_.push_back(std::move(end_.file));
    end_ = {};
}

void SpilledMessages::place(std::uint64_t number, Place place) {
    Chunk* const chunk = find(number);
    // The first one is being taken from memory meanwhile.
    if (chunk == nullptr || chunk == &chunks_.front()) return;
    in_memory_ -= chunk->text->size();
    on_disk_ += place.size;
    chunk->place = std::move(place);
    chunk->text.reset();
}

void SpilledMessages::was_read(const Job& job, std::string text) {
    busy_ = false;
    Chunk* const chunk = find(job.chunk);
    if (chunk == nullptr) return;
    chunk->text = std::make_shared<std::string>(std::move(text));
    in_memory_ += chunk->text->size();
}

SpilledMessages::Chunk* SpilledMessages::find(std::uint64_t number) noexcept {
    const auto is_it = [number](const Chunk& chunk) { return chunk.number == number; };
    const auto found = std::find_if(chunks_.begin(), chunks_.end(), is_it);
    return found != chunks_.end() ? &*found : nullptr;
}

}  // namespace relay
