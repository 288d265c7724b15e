// Storm: bytes, requests, frames and commands, spoilt by seeded dice at one of three depths: the
// text inside a right frame or request, the frame or request itself, or the bytes under the TLS.
//
// Its material is the corpus of venue_ports_fuzz. It rages at two venues: one that was told nothing
// owes it an end and every answer (Doors::calm), the one in trouble an answer of its control socket
// alone. One thread each; what it counted is read when it is over.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/tls_client.hpp"
#include "tests/tools/venue_server/troubled_venue.hpp"
#include "tests/tools/venue_server/venue_fixture.hpp"

namespace portcullis::tools::venue {

/// The corpus of venue_ports_fuzz by the kind of its acts, their first character.
using Acts = std::map<char, std::vector<std::string>>;

inline Acts read_corpus() {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(
             PORTCULLIS_SOURCE_DIR "/tests/tools/venue_server/corpus/venue_ports_fuzz")) {
        files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    Acts acts;
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        for (std::string line; std::getline(in, line);) {
            if (!line.empty()) {
                acts[line.front()].push_back(line.substr(1));
            }
        }
    }
    return acts;
}

/// Where a venue takes connections, and whether it owes everybody everything.
struct Doors {
    std::uint16_t port;
    const test::Trust& trust;
    bool calm;
};

/// What a storm has seen.
struct StormCount {
    std::uint64_t spoilt{0}, hung{0}, unanswered{0}, answered{0};
    std::uint64_t commands{0}, obeyed{0};  ///< lines of the control socket, and those answered ok
};

class Storm {
public:
    Storm(std::uint64_t dice, const Acts& corpus, const Doors& calm, const test::Trust& trust,
          TroubledVenue& troubled)
        : random_(dice), corpus_(corpus), calm_(calm), trust_(trust), troubled_(troubled) {}

    void rage(std::uint64_t executions) {
        while (count_.spoilt < executions) {
            if (one_in(8)) {
                control();
            } else if (one_in(4)) {
                const std::shared_lock lives(troubled_.gate);
                knock({troubled_.port(), trust_, false});
            } else {
                knock(calm_);
            }
        }
    }

    [[nodiscard]] const StormCount& count() const { return count_; }

private:
    using Caller = test::Caller;
    static constexpr int spoilt_per_connection = 64;
    static constexpr std::uint64_t controls_per_life = 256;
    /// In trouble a connection may be silent for good.
    static constexpr std::chrono::milliseconds troubled_patience{50};

    void knock(const Doors& doors) {
        switch (random_() % 7) {
            case 0:
                return below_tls(doors);
            case 1:
                return upgrades(doors);
            case 2:
            case 3:
                return requests(doors);
            case 4:
                return frames(doors, "/ws", 's');
            default:
                return frames(doors, "/ws-api/v3", 'w');
        }
    }

    bool one_in(std::uint64_t count) { return random_() % count == 0; }

    const std::string& pick(char kind) {
        const auto& all = corpus_.at(kind);
        return all[random_() % all.size()];
    }

    /// Some bytes changed, put in, taken out or repeated; every fourth text stays as it was, so
    /// that what is right comes between, and is not counted.
    std::string spoil(std::string text) {
        const std::string was = text;
        for (std::uint64_t left = random_() % 4; left > 0 || text.empty(); left -= left > 0) {
            const std::size_t at = text.empty() ? 0 : random_() % text.size();
            switch (random_() % 4) {
                case 0:
                    text.insert(at, 1, static_cast<char>(random_()));
                    break;
                case 1:
                    text.erase(at, random_() % 8);
                    break;
                case 2:
                    text.insert(at, text.substr(at, random_() % 32));
                    break;
                default:
                    text.insert(at, 1, "\"\\{}[],:0\r\n%&="[random_() % 14]);
            }
        }
        count_.spoilt += text == was ? 0 : 1;
        return text;
    }

    std::string noise(std::size_t most) {
        std::string out(1 + random_() % most, '\0');
        for (char& byte : out) {
            byte = static_cast<char>(random_());
        }
        return out;
    }

    /// Connected; nobody, where the venue in trouble takes no one.
    std::optional<Caller> call(const Doors& doors) {
        Caller caller = Caller::unconnected(AF_INET);
        if (!doors.calm) {
            caller.set_patience(troubled_patience);
        }
        if (caller.try_connect(doors.port)) {
            return caller;
        }
        count_.hung += doors.calm ? 1 : 0;
        return std::nullopt;
    }

    std::optional<Caller> call_tls(const Doors& doors) {
        std::optional<Caller> caller = call(doors);
        if (caller && !caller->shake_hands(doors.trust)) {
            count_.hung += doors.calm ? 1 : 0;
            return std::nullopt;
        }
        return caller;
    }

    std::string end(const Doors& doors, Caller& caller) {
        caller.say_goodbye();
        std::string all = caller.drain();
        count_.hung += doors.calm && caller.hung() ? 1 : 0;
        return all;
    }

    void below_tls(const Doors& doors) {
        ++count_.spoilt;
        std::optional<Caller> caller = call(doors);
        if (!caller) {
            return;
        }
        if (one_in(2)) {
            // In the place of a handshake.
            caller->write_below_tls(noise(600));
        } else if (caller->shake_hands(doors.trust)) {
            // In the place of a record, or a record that cannot be opened.
            caller->write_below_tls(one_in(2) ? noise(600)
                                              : std::string("\x17\x03\x03\x00\x20", 5) +
                                                    std::string(32, 'x'));
        }
        end(doors, *caller);
    }

    /// A line for the control socket, or several: any but `quit`, which has a time of its own.
    std::string command() {
        std::string line = spoil(one_in(8) ? noise(200) : pick('c'));
        for (std::size_t at = 0; (at = line.find("quit", at)) != std::string::npos;) {
            line[at] = 'Q';
        }
        return line;
    }

    /// Any commands; every other time all faults are off again at the end.
    void control() {
        if (++controls_ % controls_per_life == 0) {
            troubled_.quit_and_rise();
        }
        const std::shared_lock lives(troubled_.gate);
        Caller caller = Caller::to_path(troubled_.control_path());
        std::string lines;
        const std::uint64_t most = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 0; i < most; ++i) {
            lines += command() + "\n";
        }
        lines += one_in(2) ? "" : "fault off all\nreplay speed 1\n";
        caller.write(lines);
        caller.say_goodbye();
        const auto told = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
        std::uint64_t heard = 0;
        std::string answer = caller.read_until("\n");
        for (; answer.ends_with('\n'); answer = caller.read_until("\n")) {
            ++heard;
            const bool obeyed = answer.starts_with("ok");
            count_.obeyed += obeyed ? 1 : 0;
            EXPECT_TRUE(obeyed || answer.starts_with("error: ")) << answer;
        }
        EXPECT_EQ(heard, told) << "answers, of the lines\n" << lines;
        count_.commands += told;
    }

    void upgrades(const Doors& doors) {
        if (auto caller = call_tls(doors)) {
            caller->write(spoil(test::upgrade_request(pick('o'))));
            end(doors, *caller);
        }
    }

    /// Requests behind one another; all right in form but, perhaps, the last.
    void requests(const Doors& doors) {
        auto caller = call_tls(doors);
        if (!caller) {
            return;
        }
        std::string all;
        const std::uint64_t count = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 1; i < count; ++i) {
            all += request();
        }
        const bool right = one_in(2);
        all += right ? request() : spoil(request());
        caller->write(all);
        const std::string answers = end(doors, *caller);
        std::uint64_t heard = 0;
        for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; ++at) {
            ++heard;
        }
        count_.answered += heard;
        const std::uint64_t owed = right ? count : count - 1;
        if (doors.calm && heard < owed) {
            count_.unanswered += owed - heard;
            ADD_FAILURE() << heard << " of " << owed << " answered (" << caller->end_reason()
                          << "), the last by\n"
                          << answers.substr(answers.rfind("HTTP/1.1 ")) << "\nto\n"
                          << all;
        }
    }

    /// A request whose target and body are spoilt and whose form is not.
    std::string request() {
        std::string line = spoil(pick("rRT"[random_() % 3]));
        std::replace_if(
            line.begin(), line.end(), [](char c) { return c <= ' ' || c > '~'; }, '_');
        const std::size_t slash = line.find('/');
        const std::string target =
            slash == std::string::npos ? "/" : line.substr(slash, line.find('|') - slash);
        const std::string body =
            line.find('|') == std::string::npos ? "" : line.substr(line.find('|') + 1);
        static constexpr std::array<const char*, 4> verbs{"GET ", "POST ", "PUT ", "DELETE "};
        return verbs[random_() % verbs.size()] + target +
               " HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY: " + bob_key +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    void frames(const Doors& doors, const std::string& get, char kind) {
        auto caller = call_tls(doors);
        if (!caller) {
            return;
        }
        if (!caller->upgrade(get).starts_with("HTTP/1.1 101")) {
            count_.unanswered += doors.calm ? 1 : 0;
            return;
        }
        std::string all;
        const std::uint64_t count = 1 + random_() % spoilt_per_connection;
        for (std::uint64_t i = 1; i < count; ++i) {
            // Text must be UTF-8, or the connection ends here.
            std::string text = spoil(pick(kind));
            std::replace_if(
                text.begin(), text.end(), [](char c) { return c < 0; }, '?');
            all += test::client_frame(one_in(16) ? 0x89 : 0x81,
                                      text.substr(0, one_in(16) ? 125 : 60'000));
        }
        all += one_in(2) ? spoil(test::client_frame(0x81, pick(kind)))
                         : test::client_frame(random_() & 0xFFU, noise(100));
        all += test::client_frame(0x88, std::string("\x03\xE8", 2));
        caller->write(all);
        count_.answered += end(doors, *caller).empty() ? 0 : 1;
    }

    std::mt19937_64 random_;
    const Acts& corpus_;
    const Doors calm_;
    const test::Trust& trust_;  ///< the troubled venue's
    TroubledVenue& troubled_;
    std::uint64_t controls_{0};
    StormCount count_;
};

}  // namespace portcullis::tools::venue
