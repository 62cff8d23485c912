// TOML in: assignments with file and line. TOML out: the merged values with their origins, and the default file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include <toml++/toml.h>

#include "agent/config/option.hpp"
#include "platform/json/tree.hpp"
#include "platform/text.hpp"

namespace config {
namespace {

std::string place(const std::string& name, const toml::source_region& source) {
    return name + ":" + std::to_string(source.begin.line);
}

/// The value's text as the option's parser takes it; nothing for what can be no value of ours.
std::optional<std::string> word_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
    if (const auto* number = node.as_floating_point()) {
        return fmt::format("{}", number->get());  // as few digits as give the same number
    }
    return std::nullopt;
}

struct Reader {
    const std::string& name;
    std::vector<ConfigError>& errors;
    std::vector<Assignment> found = {};

    void refuse(const toml::node& node, std::string what) {
        errors.push_back({place(name, node.source()), std::move(what)});
    }

    void value(const std::string& key, const toml::node& node) {
        std::vector<std::string> words;
        if (const auto* list = node.as_array()) {
            const auto* option = find_option(key);
            if (option != nullptr && option->kind != Kind::list) return refuse(node, key + " takes one value, no list");
            for (const auto& element : *list) {
                const auto word = word_of(element);
                if (!word || !element.is_string()) return refuse(element, key + ": the elements must be strings");
                words.push_back(*word);
            }
        } else if (const auto word = word_of(node)) {
            const auto* option = find_option(key);
            if (option != nullptr && option->kind == Kind::list) {
                return refuse(node, key + R"( takes a list, such as ["one", "two"])");
            }
            if (option != nullptr && option->kind == Kind::text && !node.is_string()) {
                return refuse(node, key + " takes text: put it between quotes");
            }
            words.push_back(*word);
        } else {
            return refuse(node, key + " takes no date or time");
        }
        found.push_back({key, std::move(words), place(name, node.source())});
    }

    /// A table whose names are the owner's: NAME=value each.
    void named(const std::string& key, const toml::table& values) {
        std::vector<std::string> words;
        for (const auto& [word, node] : values) {
            if (!node.is_string()) return refuse(node, key + ": the values must be strings");
            words.push_back(std::string(word.str()) + "=" + *word_of(node));
        }
        found.push_back({key, std::move(words), place(name, values.source())});
    }

    void table(const std::string& prefix, const toml::table& values) {
        for (const auto& [key, node] : values) {
            const auto full = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
            const auto* option = find_option(full);
            if (const auto* inner = node.as_table(); inner != nullptr && option != nullptr && option->named) {
                named(full, *inner);
            } else if (inner != nullptr) {
                table(full, *inner);
            } else {
                value(full, node);
            }
        }
    }
};

std::string section_of(const std::string& key) {
    return key.substr(0, key.find('.'));
}
std::string name_in_section(const std::string& key) {
    return key.substr(key.find('.') + 1);
}

/// "[section]" when the key begins another one.
void begin_section(std::string& text, std::string& section, const std::string& key) {
    if (section_of(key) == section) return;
    section = section_of(key);
    text.append(text.empty() ? "" : "\n").append("[").append(section).append("]\n");
}

}  // namespace

std::vector<Assignment> read_toml(std::string_view text, const std::string& name, std::vector<ConfigError>& errors) {
    // The system's library reports by exception: it ends here.
    try {
        const auto parsed = toml::parse(text, name);
        Reader reader{name, errors};
        reader.table("", parsed);
        return std::move(reader.found);
    } catch (const toml::parse_error& error) {
        errors.push_back({place(name, error.source()), "this is no TOML: " + platform::clean(error.description())});
        return {};
    }
}

std::string describe(const Loaded& loaded) {
    std::string text, section;
    for (const auto& option : options()) {
        begin_section(text, section, option.key);
        const auto origin = loaded.origins.find(option.key);
        const auto value = option.get(loaded.config);
        const auto shown = without_secrets(option, value);
        // As a comment: a reader who takes this for a file of settings gets no wrong one.
        text.append(shown == value ? "" : "#").append(name_in_section(option.key)).append(" = ").append(shown);
        text.append("  # ").append(origin == loaded.origins.end() ? "default" : origin->second).append("\n");
    }
    return text;
}

std::string describe_as_json(const Loaded& loaded) {
    nlohmann::json tree = {{"settings", nlohmann::json::array()}, {"notices", nlohmann::json::array()}};
    for (const auto& option : options()) {
        const auto origin = loaded.origins.find(option.key);
        const auto value = option.get(loaded.config);
        const bool secret = without_secrets(option, value) != value;
        tree["settings"].push_back({{"key", option.key},
                                    {"value", secret ? nlohmann::json() : nlohmann::json(value)},
                                    {"origin", origin == loaded.origins.end() ? "default" : origin->second}});
    }
    for (const auto& [where, what] : loaded.notices) tree["notices"].push_back(where + " " + what);
    return platform::to_text(tree);
}

std::string default_file() {
    const Config defaults;
    std::string text =
        "# Settings of bmc-agent. Each line that is commented out shows its default. More files: agent.toml.d/*.toml,\n"
        "# read in the order of their names. The environment (BMC_AGENT_…) and the command line win over files.\n"
        "# `agent --config-check` prints what is in force, and where each value came from.\n";
    std::string section;
    for (const auto& option : options()) {
        begin_section(text, section, option.key);
        text.append("\n# ").append(option.help).append(".\n");
        std::string facts;
        if (!option.range.empty()) facts.append(option.range).append(". ");
        if (!option.choices.empty()) {
            facts.append("One of ");
            for (const auto& choice : option.choices)
                facts.append(&choice == &option.choices.front() ? "" : ", ").append(choice);
            facts.append(". ");
        }
        facts.append(option.live ? "Applied by a reload." : "Applied by a restart.");
        text.append("# ").append(facts).append("\n#").append(name_in_section(option.key)).append(" = ");
        text.append(option.get(defaults)).append("\n");
    }
    return text;
}

}  // namespace config
