// Linux: an enclosure of mounts, in namespaces that any user may make. All that the child does is written down here
// first, since after the fork nothing may be allocated.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "platform/os_error.hpp"
#include "platform/process/enclosure.hpp"

namespace platform {
namespace {

namespace fs = std::filesystem;

constexpr unsigned long cover_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr const char* cover_options = "mode=0755,size=4m";
/// In a folder that is covered for a file's sake this one leads to what is below.
constexpr const char* below = ".below";
constexpr int last_capability = 63;

/// One system call of the child.
struct Step {
    enum class Kind : std::uint8_t { folder, link, file, mount };
    Kind kind = Kind::folder;
    std::string target;
    std::string source;  // of a link: where it leads; of a file: its text
    std::string type;    // of a mount's file system
    unsigned long flags = 0;
};

int write_all(const char* path, int flags, const char* text, std::size_t size) noexcept {
    const int fd = ::open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0) return errno;
    while (size > 0) {
        const auto n = ::write(fd, text, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text += n;
        size -= static_cast<std::size_t>(n);
    }
    const int error = size == 0 ? 0 : errno;
    ::close(fd);
    return error;
}

int carry_out(const Step& step) noexcept {
    const char* target = step.target.c_str();
    switch (step.kind) {
        case Step::Kind::folder:
            return ::mkdir(target, 0755) == 0 || errno == EEXIST ? 0 : errno;
        case Step::Kind::link:
            return ::symlink(step.source.c_str(), target) == 0 ? 0 : errno;
        case Step::Kind::file:
            return write_all(target, O_WRONLY | O_CREAT | O_EXCL, step.source.data(), step.source.size());
        case Step::Kind::mount:
            break;
    }
    const char* options = step.type.empty() ? nullptr : cover_options;
    return ::mount(step.source.c_str(), target, step.type.c_str(), step.flags, options) == 0 ? 0 : errno;
}

class Mounts final : public Enclosure {
  public:
    std::vector<Step> steps;
    std::string user_map;  // "UID UID 1": the child stays who it is
    std::string group_map;
    std::string folder;  // the working directory: entered anew, or it would lead below what covers it

    int enter() noexcept override {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
        if (const int error = write_maps(); error != 0) return error;
        // Nothing that is mounted from now on is seen outside.
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
        for (const auto& step : steps) {
            if (const int error = carry_out(step); error != 0) return error;
        }
        if (::chdir(folder.c_str()) != 0 && ::chdir("/") != 0) return errno;
        // What it may do in its namespaces ends at exec for an ordinary user; with the bound gone, for root too.
        for (int capability = 0; capability <= last_capability; ++capability) {
            ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        return 0;
    }

  private:
    /// A process that keeps its memory private does not own its own files in /proc: they are opened in a moment
    /// without. Writing needs no more than that they are open.
    int write_maps() const noexcept {
        constexpr const char* names[] = {"/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"};
        const std::string_view texts[] = {"deny", user_map, group_map};
        int files[3];
        const int dumpable = ::prctl(PR_GET_DUMPABLE);
        ::prctl(PR_SET_DUMPABLE, 1);
        for (int i = 0; i < 3; ++i) files[i] = ::open(names[i], O_WRONLY | O_CLOEXEC);
        ::prctl(PR_SET_DUMPABLE, dumpable);
        int error = 0;
        for (int i = 0; i < 3; ++i) {
            const auto size = static_cast<ssize_t>(texts[i].size());
            if (error == 0 && (files[i] < 0 || ::write(files[i], texts[i].data(), texts[i].size()) != size)) {
                error = files[i] < 0 ? ENOENT : errno;
            }
            if (files[i] >= 0) ::close(files[i]);
        }
        return error;
    }
};

bool is_below(const std::string& path, const std::string& folder) {
    return path.size() > folder.size() && path.starts_with(folder) && (path[folder.size()] == '/' || folder == "/");
}

/// Existing ones, without links and without those that another one holds.
std::vector<std::string> outermost(const std::vector<std::string>& paths) {
    std::vector<std::string> real;
    for (const auto& path : paths) {
        std::error_code ec;
        const auto canonical = fs::canonical(path, ec);
        if (!ec && canonical != "/") real.push_back(canonical.string());
    }
    std::sort(real.begin(), real.end());
    real.erase(std::unique(real.begin(), real.end()), real.end());
    std::vector<std::string> outer;
    for (const auto& path : real) {
        const bool held = std::any_of(outer.begin(), outer.end(), [&](const auto& one) { return is_below(path, one); });
        if (!held) outer.push_back(path);
    }
    return outer;
}

/// Writes the steps down.
class Planner {
  public:
    Planner(std::vector<Step>& steps, const EnclosureWish& wish) : steps_{steps}, wish_{wish} {}

    Error plan() {
        for (const auto& hidden : outermost(wish_.hidden)) hide(hidden);
        return place();
    }

  private:
    void folder(std::string target) { steps_.push_back({Step::Kind::folder, std::move(target), {}, {}, 0}); }
    void mount(std::string source, std::string target, std::string type, unsigned long flags) {
        steps_.push_back({Step::Kind::mount, std::move(target), std::move(source), std::move(type), flags});
    }
    void bind(const std::string& source, const std::string& target) { mount(source, target, {}, MS_BIND | MS_REC); }
    void begin_cover() { mount("tmpfs", wish_.stage, "tmpfs", cover_flags); }
    void end_cover(const std::string& target) {
        mount(wish_.stage, target, {}, MS_MOVE);
        mount({}, target, {}, MS_REMOUNT | MS_BIND | MS_RDONLY | cover_flags);
    }

    void hide(const std::string& path) {
        std::error_code ec;
        if (!fs::is_directory(path, ec)) return bind("/dev/null", path);
        begin_cover();
        for (const auto& visible : outermost(wish_.visible)) {
            if (!is_below(visible, path)) continue;
            make_folders(visible.substr(path.size() + 1));
            bind(visible, wish_.stage + visible.substr(path.size()));
        }
        end_cover(path);
    }

    /// All folders of a relative path, on the stage.
    void make_folders(const std::string& relative) {
        for (std::size_t at = relative.find('/'); at != std::string::npos; at = relative.find('/', at + 1)) {
            folder(wish_.stage + '/' + relative.substr(0, at));
        }
        folder(wish_.stage + '/' + relative);
    }

    Error place() {
        std::vector<std::string> roots;  // the folders to be covered, for each file the deepest one that exists
        std::vector<PlacedFile> files;
        for (const auto& file : wish_.files) {
            std::error_code ec;
            auto there = fs::path{file.path}.parent_path();
            while (!fs::is_directory(there, ec)) there = there.parent_path();
            const auto real = fs::canonical(there, ec);
            if (ec) return Error{ec.value(), boost::system::system_category()};
            const auto missing = fs::path{file.path}.lexically_relative(there);
            files.push_back({(real / missing).string(), file.content});
            roots.push_back(real.string());
        }
        for (const auto& root : outermost(roots)) {
            if (Error ec = cover(root, files)) return ec;
        }
        return {};
    }

    Error cover(const std::string& root, const std::vector<PlacedFile>& files) {
        begin_cover();
        folder(wish_.stage + '/' + below);
        bind(root, wish_.stage + '/' + below);
        std::vector<PlacedFile> here;
        for (const auto& file : files) {
            if (is_below(file.path, root)) here.push_back({file.path.substr(root.size() + 1), file.content});
        }
        if (Error ec = keep_entries(root, "", here)) return ec;
        for (const auto& file : here) {
            make_folders(fs::path{file.path}.parent_path().string());
            steps_.push_back({Step::Kind::file, wish_.stage + '/' + file.path, file.content, {}, 0});
        }
        end_cover(root);
        return {};
    }

    /// What else is in the folder stays: folders are bound, links are links, and files are links to what is below, so
    /// that one which is replaced later is seen as it is then.
    Error keep_entries(const std::string& root, const std::string& relative, const std::vector<PlacedFile>& files) {
        std::error_code ec;
        fs::directory_iterator entries{fs::path{root} / relative, ec};
        if (ec) return Error{ec.value(), boost::system::system_category()};
        for (const auto& entry : entries) {
            const auto name =
                relative.empty() ? entry.path().filename().string() : relative + '/' + entry.path().filename().string();
            const auto on_stage = wish_.stage + '/' + name;
            const auto is_ours = [&](const PlacedFile& file) { return file.path == name; };
            const auto leads = [&](const PlacedFile& file) { return is_below(file.path, name); };
            if (std::any_of(files.begin(), files.end(), is_ours)) continue;
            if (std::any_of(files.begin(), files.end(), leads)) {
                folder(on_stage);
                if (Error failed = keep_entries(root, name, files)) return failed;
            } else if (entry.is_symlink(ec)) {
                steps_.push_back({Step::Kind::link, on_stage, fs::read_symlink(entry.path(), ec).string(), {}, 0});
            } else if (entry.is_directory(ec)) {
                folder(on_stage);
                bind(entry.path().string(), on_stage);
            } else {
                std::string up;
                for (const char c : name) up += c == '/' ? "../" : "";
                steps_.push_back({Step::Kind::link, on_stage, up + below + '/' + name, {}, 0});
            }
        }
        return {};
    }

    std::vector<Step>& steps_;
    const EnclosureWish& wish_;
};

}  // namespace

Result<std::unique_ptr<Enclosure>> plan_mounts(const EnclosureWish& wish) {
    auto mounts = std::make_unique<Mounts>();
    const auto same = [](unsigned id) { return std::to_string(id) + ' ' + std::to_string(id) + " 1"; };
    mounts->user_map = same(::geteuid());
    mounts->group_map = same(::getegid());
    std::error_code ec;
    mounts->folder = fs::current_path(ec).string();
    if (mounts->folder.empty()) mounts->folder = "/";
    if (Error failed = Planner{mounts->steps, wish}.plan()) return failed;
    return std::unique_ptr<Enclosure>{std::move(mounts)};
}

}  // namespace platform
