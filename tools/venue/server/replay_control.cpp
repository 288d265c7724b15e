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
        .integer("messages", static_cast<std::int64_t>(replay.counts().messages()))
        .integer("laps", static_cast<std::int64_t>(replay.counts().laps));
    if (!failure.empty()) {
        out.text("error", failure);
    }
    return out.end_object().take();
}

ReplayCommandResult error(const std::string& why) {
    return {"error: " + why, false, false};
}

std::optional<std::int64_t> parse_position_ns(const std::string& text) {
    const auto seconds = engine::parse_decimal(text);
    const bool good = seconds.error == engine::DecimalError::none &&
                      seconds.atoms <= seconds_max * atoms_per_unit;
    return good ? std::optional(seconds.atoms * (ns_per_second / atoms_per_unit)) : std::nullopt;
}

/// Why the command would be refused at any moment; empty where only its moment can say.
std::string refusal(const Replay& replay, const std::vector<std::string>& words) {
    const std::string verb = words.empty() ? "" : words[0];
    if (words.size() == 1 && (verb == "status" || verb == "pause" || verb == "resume")) {
        return "";
    }
    if (words.size() != 2 || (verb != "seek" && verb != "speed" && verb != "loop")) {
        return "replay" + (verb.empty() ? "" : " '" + verb + "'") +
               ": expected pause, resume, seek SECONDS, speed S, loop on|off or status";
    }
    const std::string named = "replay " + verb + " '" + words[1] + "': expected ";
    if (verb == "seek") {
        const auto can = replay.can_seek();
        return !parse_position_ns(words[1])
                   ? named + "seconds from the beginning, 0 to " + std::to_string(seconds_max)
               : can ? ""
                     : can.error();
    }
    if (verb == "loop") {
        return words[1] != "on" && words[1] != "off" ? named + "on or off"
               : replay.recordings() == 0            ? "loop: no recording is played"
                                                     : "";
    }
    const auto speed_e3 = parse_speed_e3(words[1]);
    if (speed_e3 && replay.live_markets() > 0 && *speed_e3 > live_speed_max_e3) {
        return named + "at most 1000, for a synthetic market is played";
    }
    return speed_e3 ? "" : named + speed_words;
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

std::string check_replay_command(const Replay& replay, const std::vector<std::string>& words) {
    const std::string why = refusal(replay, words);
    return why.empty() ? "ok" : error(why).answer;
}

ReplayCommandResult replay_command(Replay& replay, const std::vector<std::string>& words,
                                   std::int64_t now_ns) {
    if (const std::string why = refusal(replay, words); !why.empty()) {
        return error(why);
    }
    const std::string& verb = words[0];
    if (verb == "status") {
        return {"ok " + status_json(replay, now_ns), false, false};
    }
    if (verb == "seek") {
        const auto done = replay.seek(*parse_position_ns(words[1]), now_ns);
        return done ? ReplayCommandResult{"ok", true, true} : error(done.error());
    }
    if (!replay.failure().empty() && replay.live_markets() == 0) {
        return error("replay " + verb + ": nothing is played since " + replay.failure() +
                     "; replay seek SECONDS plays again from there");
    }
    if (verb == "pause") {
        replay.pause(now_ns);
    } else if (verb == "resume") {
        replay.resume(now_ns);
    } else if (verb == "speed") {
        replay.set_speed(*parse_speed_e3(words[1]), now_ns);
    } else if (const auto done = replay.set_loop(words[1] == "on", now_ns); !done) {
        return error(done.error());
    }
    return {"ok", true, false};
}

}  // namespace portcullis::tools::venue
