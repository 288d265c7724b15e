#include "tools/venue/server/replay_control.hpp"

#include "engine/types/decimal.hpp"
#include "tools/venue/server/json.hpp"

namespace portcullis::tools::venue {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t atoms_per_unit = 100'000'000;
constexpr std::int64_t seconds_max = 1'000'000'000;

/// 1234567890 ns -> "1.234567890".
std::string seconds_text(std::int64_t ns) {
    const std::string fraction = std::to_string(ns_per_second + ns % ns_per_second);
    return std::to_string(ns / ns_per_second) + "." + fraction.substr(1);
}

std::string speed_text(std::int64_t speed_e3) {
    const std::string fraction = std::to_string(1000 + speed_e3 % 1000).substr(1);
    return speed_e3 == replay_speed_max_e3 ? "max"
                                           : std::to_string(speed_e3 / 1000) + "." + fraction;
}

std::string status_json(const Replay& replay, std::int64_t now_ns) {
    const std::string& failure = replay.failure();
    JsonWriter out;
    out.begin_object()
        .text("state", !failure.empty()    ? "failed"
                       : replay.finished() ? "ended"
                       : replay.paused()   ? "paused"
                                           : "playing")
        .text("position", seconds_text(replay.position_ns(now_ns)))
        .text("speed", speed_text(replay.speed_e3()))
        .integer("messages", static_cast<std::int64_t>(replay.counts().messages()));
    if (!failure.empty()) {
        out.text("error", failure);
    }
    return out.end_object().take();
}

ReplayCommandResult error(const std::string& why) {
    return {"error: " + why, false, false};
}

ReplayCommandResult seek(Replay& replay, const std::string& text, std::int64_t now_ns) {
    const auto seconds = engine::parse_decimal(text);
    if (seconds.error != engine::DecimalError::none ||
        seconds.atoms > seconds_max * atoms_per_unit) {
        return error("replay seek '" + text + "': expected seconds from the beginning, 0 to " +
                     std::to_string(seconds_max));
    }
    const std::int64_t position_ns = seconds.atoms * (ns_per_second / atoms_per_unit);
    if (auto done = replay.seek(position_ns, now_ns); !done) {
        return error(done.error());
    }
    return {"ok", true, true};
}

}  // namespace

std::optional<std::int64_t> parse_speed_e3(std::string_view text) {
    if (text == "max") {
        return replay_speed_max_e3;
    }
    const auto speed = engine::parse_decimal(text);
    const std::int64_t speed_e3 = speed.atoms / (atoms_per_unit / 1000);
    if (speed.error != engine::DecimalError::none || speed.atoms % (atoms_per_unit / 1000) != 0 ||
        speed_e3 <= 0 || speed_e3 > replay_speed_max_e3) {
        return std::nullopt;
    }
    return speed_e3;
}

ReplayCommandResult replay_command(Replay& replay, const std::vector<std::string>& words,
                                   std::int64_t now_ns) {
    const std::string verb = words.empty() ? "" : words[0];
    if (words.size() == 1 && verb == "status") {
        return {"ok " + status_json(replay, now_ns), false, false};
    }
    const bool stands = !replay.failure().empty() && replay.live_markets() == 0;
    if (stands && (verb == "pause" || verb == "resume" || verb == "speed" || verb == "loop")) {
        return error("replay " + verb + ": nothing is played since " + replay.failure() +
                     "; replay seek SECONDS plays again from there");
    }
    if (words.size() == 1 && verb == "pause") {
        replay.pause(now_ns);
        return {"ok", true, false};
    }
    if (words.size() == 1 && verb == "resume") {
        replay.resume(now_ns);
        return {"ok", true, false};
    }
    if (words.size() == 2 && verb == "seek") {
        return seek(replay, words[1], now_ns);
    }
    if (words.size() == 2 && verb == "speed") {
        const auto speed_e3 = parse_speed_e3(words[1]);
        if (!speed_e3) {
            return error("replay speed '" + words[1] + "': expected " + speed_words);
        }
        if (replay.live_markets() > 0 && *speed_e3 > live_speed_max_e3) {
            return error("replay speed '" + words[1] +
                         "': expected at most 1000, for a synthetic market is played");
        }
        replay.set_speed(*speed_e3, now_ns);
        return {"ok", true, false};
    }
    if (words.size() == 2 && verb == "loop") {
        if (words[1] != "on" && words[1] != "off") {
            return error("replay loop '" + words[1] + "': expected on or off");
        }
        if (replay.recordings() == 0) {
            return error("loop: no recording is played");
        }
        if (auto done = replay.set_loop(words[1] == "on", now_ns); !done) {
            return error(done.error());
        }
        return {"ok", true, false};
    }
    return error("replay" + (verb.empty() ? "" : " '" + verb + "'") +
                 ": expected pause, resume, seek SECONDS, speed S, loop on|off or status");
}

}  // namespace portcullis::tools::venue
