// Writing and reading signed commands. See command_frame.hpp.
#include "risk/operators/command_frame.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "engine/types/verify.hpp"
#include "risk/operators/numbers.hpp"

namespace portcullis::risk {
namespace {

constexpr std::string_view domain = "portcullis-command-v1";
constexpr std::string_view domain_of_any_version = "portcullis-command-v";
constexpr std::int64_t ns_per_s = 1'000'000'000;

struct NamedAction {
    std::string_view name;
    ActionKind kind;
    bool limit;
    bool was;
    bool value;
};
constexpr NamedAction actions[] = {
    {"clear-kill", ActionKind::clear_kill, false, true, false},
    {"resume", ActionKind::resume, false, false, false},
    {"raise-limit", ActionKind::raise_limit, true, true, true},
    {"widen-universe", ActionKind::widen_universe, false, false, true},
    {"re-enable", ActionKind::re_enable, false, false, false},
};

const NamedAction& entry_of(ActionKind kind) noexcept {
    const auto* found = std::find_if(std::begin(actions), std::end(actions),
                                     [kind](const NamedAction& each) { return each.kind == kind; });
    engine::verify(found != std::end(actions));
    return *found;
}

// No space at either end: what cannot be seen is not signed.
bool is_readable(std::string_view text) noexcept {
    return !text.empty() && text.size() <= OperatorAction::text_max && text.front() != ' ' &&
           text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool as_asked(bool wanted, std::string_view text) noexcept {
    return wanted ? is_readable(text) : text.empty();
}

void add_line(std::string& text, std::string_view key, std::string_view value) {
    if (!value.empty()) {
        text.append(key).append(": ").append(value).append("\n");
    }
}

/// Takes "key: value\n" off the front of the text; nothing where it does not begin so.
class LineReader {
public:
    explicit LineReader(std::string_view text) noexcept : left_(text) {}
    std::optional<std::string_view> take(std::string_view key) noexcept {
        const std::size_t end = left_.find('\n');
        if (end == std::string_view::npos || !left_.starts_with(key) ||
            !left_.substr(key.size()).starts_with(": ")) {
            return std::nullopt;
        }
        const std::string_view value = left_.substr(key.size() + 2, end - key.size() - 2);
        left_.remove_prefix(end + 1);
        return value;
    }
    std::string take_if(std::string_view key) { return std::string(take(key).value_or("")); }
    [[nodiscard]] std::string_view left() const noexcept { return left_; }

private:
    std::string_view left_;
};

bool read_verb(std::string_view value, CommandFrame& frame) noexcept {
    if (value == "propose") {
        frame.verb = CommandVerb::propose;
        return true;
    }
    constexpr std::string_view approve = "approve ";
    frame.verb = CommandVerb::approve;
    const auto id = value.starts_with(approve)
                        ? number_of<std::uint64_t>(value.substr(approve.size()))
                        : std::nullopt;
    frame.id = id.value_or(0);
    return id.has_value() && frame.id != 0;
}

// Fields may be missing or odd here: writing the frame again tells.
bool read_lines(LineReader& lines, CommandFrame& frame) {
    const auto engine = bytes_of_hex<16>(lines.take("engine").value_or(""));
    const auto epoch = number_of<std::uint32_t>(lines.take("epoch").value_or(""));
    const auto nonce = bytes_of_hex<16>(lines.take("nonce").value_or(""));
    const auto key = bytes_of_hex<32>(lines.take("key").value_or(""));
    const auto counter = number_of<std::uint64_t>(lines.take("counter").value_or(""));
    const auto not_after = utc_of(lines.take("not-after").value_or(""));
    const bool verb = read_verb(lines.take("command").value_or(""), frame);
    const auto kind = action_of(lines.take("action").value_or(""));
    if (!engine || !epoch || !nonce || !key || !counter || !not_after || !verb || !kind) {
        return false;
    }
    frame.engine = *engine;
    frame.epoch = *epoch;
    frame.nonce = *nonce;
    frame.key = *key;
    frame.counter = *counter;
    frame.not_after = *not_after;
    frame.action.kind = *kind;
    frame.action.scope = lines.take_if("scope");
    frame.action.name = lines.take_if("name");
    frame.action.limit = lines.take_if("limit");
    frame.action.was = lines.take_if("was");
    frame.action.value = lines.take_if("value");
    frame.action.reason = lines.take_if("reason");
    return is_whole(frame.action);
}

}  // namespace

std::string_view action_name(ActionKind kind) noexcept {
    return entry_of(kind).name;
}

std::optional<ActionKind> action_of(std::string_view name) noexcept {
    for (const NamedAction& each : actions) {
        if (each.name == name) {
            return each.kind;
        }
    }
    return std::nullopt;
}

bool is_whole(const OperatorAction& action) noexcept {
    const NamedAction& entry = entry_of(action.kind);
    return is_readable(action.scope) && as_asked(action.scope != "firm", action.name) &&
           as_asked(entry.limit, action.limit) && as_asked(entry.was, action.was) &&
           as_asked(entry.value, action.value) && is_readable(action.reason);
}

std::string action_text(const OperatorAction& action) {
    std::string text;
    add_line(text, "action", action_name(action.kind));
    add_line(text, "scope", action.scope);
    add_line(text, "name", action.name);
    add_line(text, "limit", action.limit);
    add_line(text, "was", action.was);
    add_line(text, "value", action.value);
    add_line(text, "reason", action.reason);
    return text;
}

std::string command_text(const CommandFrame& frame) {
    engine::verify(is_whole(frame.action));
    std::string text(domain);
    text += '\n';
    add_line(text, "engine", hex_of(frame.engine));
    add_line(text, "epoch", std::to_string(frame.epoch));
    add_line(text, "nonce", hex_of(frame.nonce));
    add_line(text, "key", hex_of(frame.key));
    add_line(text, "counter", std::to_string(frame.counter));
    add_line(text, "not-after", utc_text(frame.not_after));
    add_line(
        text, "command",
        frame.verb == CommandVerb::propose ? "propose" : "approve " + std::to_string(frame.id));
    return text + action_text(frame.action);
}

std::string signed_bytes(std::string_view text) {
    std::string bytes(domain);
    bytes += '\0';
    return bytes.append(text);
}

std::string frame_bytes(const CommandFrame& frame) {
    std::string text = command_text(frame);
    add_line(text, "signature", hex_of(frame.signature));
    return text;
}

ParsedFrame parse_frame(std::string_view bytes) {
    ParsedFrame parsed;
    if (bytes.size() > command_frame_max) {
        parsed.fault = FrameFault::too_long;
        return parsed;
    }
    const std::size_t first = bytes.find('\n');
    if (first == std::string_view::npos || !bytes.starts_with(domain_of_any_version)) {
        return parsed;
    }
    if (bytes.substr(0, first) != domain) {
        parsed.fault = FrameFault::version;
        return parsed;
    }
    LineReader lines(bytes.substr(first + 1));
    if (!read_lines(lines, parsed.frame)) {
        return parsed;
    }
    const std::size_t text_size = bytes.size() - lines.left().size();
    const auto signature = bytes_of_hex<64>(lines.take("signature").value_or(""));
    if (!signature) {
        return parsed;
    }
    parsed.frame.signature = *signature;
    parsed.text = bytes.substr(0, text_size);
    if (frame_bytes(parsed.frame) == bytes) {
        parsed.fault = FrameFault::none;
    }
    return parsed;
}

std::string utc_text(engine::WallNs time) {
    engine::verify(time.value >= 0);
    const std::int64_t seconds = time.value / ns_per_s;
    const std::chrono::sys_days day{std::chrono::days{static_cast<std::int32_t>(seconds / 86'400)}};
    const std::chrono::year_month_day date{day};
    const auto of_day = static_cast<int>(seconds % 86'400);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), of_day / 3600, of_day / 60 % 60, of_day % 60);
    return text;
}

std::optional<engine::WallNs> utc_of(std::string_view text) noexcept {
    constexpr std::string_view form = "0000-00-00T00:00:00Z";
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) {
            return std::nullopt;
        }
    }
    const auto field = [text](std::size_t at, std::size_t size) {
        return number_of<std::int32_t>(text.substr(at, size)).value_or(-1);
    };
    const std::chrono::year_month_day date{std::chrono::year{field(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(field(5, 2))},
                                           std::chrono::day{static_cast<unsigned>(field(8, 2))}};
    const std::int32_t hours = field(11, 2);
    const std::int32_t minutes = field(14, 2);
    const std::int32_t seconds = field(17, 2);
    // Years that fit into nanoseconds.
    if (!date.ok() || field(0, 4) < 1970 || field(0, 4) > 2261 || hours > 23 || minutes > 59 ||
        seconds > 59) {
        return std::nullopt;
    }
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return engine::WallNs{(((days * 24 + hours) * 60 + minutes) * 60 + seconds) * ns_per_s};
}

}  // namespace portcullis::risk
