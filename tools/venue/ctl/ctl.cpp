#include "tools/venue/ctl/ctl.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "tools/venue/ctl/script.hpp"
#include "tools/venue/faults/fault_spec.hpp"

namespace portcullis::tools::venue {
namespace {

using engine::Error;

class Socket {
public:
    explicit Socket(int handle) : handle_(handle) {}
    ~Socket() {
        if (handle_ >= 0) {
            ::close(handle_);
        }
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int get() const { return handle_; }

private:
    int handle_;
};

int fail(const std::string& why) {
    std::fprintf(stderr, "portcullis-venue ctl: %s\n", why.c_str());
    return 1;
}

/// Prints one answer; false when it is a refusal.
bool show(const std::string& answer, bool json) {
    if (!answer.starts_with("ok")) {
        return false;
    }
    const std::string_view body =
        std::string_view(answer).substr(std::min<std::size_t>(3, answer.size()));
    const std::string text = body.empty() ? std::string(json ? "{\"ok\":true}\n" : "ok\n")
                             : json       ? std::string(body) + "\n"
                                          : readable(body);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return true;
}

/// Asks the venue of each command what it would answer, before any is done. Accounts and keys that
/// the script itself adds are there by then.
engine::Outcome check_steps(const std::string& socket, const std::string& file,
                            const std::vector<ScriptStep>& steps) {
    std::set<std::string> added;
    for (const ScriptStep& step : steps) {
        const std::vector<std::string> words = split_words(step.command);
        std::string with;
        for (const std::string& word : words) {
            const std::string name = word.substr(word.starts_with("account:") ? 8 : 0);
            with += added.contains(name) ? (with.empty() ? "with " : ",") + name : "";
        }
        with += with.empty() ? "" : " ";
        const auto answer = ask_control_socket(socket, "check " + with + step.command);
        if (!answer || !answer.value().starts_with("ok")) {
            return Error{file + ":" + std::to_string(step.line) + ": " +
                         (answer ? answer.value() : answer.error())};
        }
        if (words[0] == "account" && words[1] == "add") {
            added.insert(words[2]);
        } else if (words[0] == "key" && words[1] == "add") {
            added.insert(words[4]);
        }
    }
    return engine::Done{};
}

int run_script(const std::string& socket, const std::string& file, bool json) {
    std::ifstream in(file);
    if (!in) {
        return fail(file + ": " + std::strerror(errno));
    }
    if (std::filesystem::is_directory(file)) {
        return fail(file + ": a folder; expected a file with lines T_SECONDS COMMAND");
    }
    std::stringstream text;
    text << in.rdbuf();
    const auto steps = read_script(text.str(), file);
    if (!steps) {
        return fail(steps.error());
    }
    if (const auto checked = check_steps(socket, file, steps.value()); !checked) {
        return fail(checked.error());
    }
    const auto begun = std::chrono::steady_clock::now();
    for (const ScriptStep& step : steps.value()) {
        std::this_thread::sleep_until(begun + std::chrono::milliseconds(step.at_ms));
        const auto answer = ask_control_socket(socket, step.command);
        if (!json) {
            std::printf("%8.3f  %s\n", static_cast<double>(step.at_ms) / 1000,
                        step.command.c_str());
        }
        if (!answer || !show(answer.value(), json)) {
            return fail(file + ":" + std::to_string(step.line) + ": " +
                        (answer ? answer.value() : answer.error()));
        }
    }
    return 0;
}

}  // namespace

engine::Result<std::string> ask_control_socket(const std::string& path, const std::string& line) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return Error{path + ": longer than a socket's name may be"};
    }
    path.copy(address.sun_path, path.size());
    const Socket door(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(door.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return Error{path + ": " + std::strerror(errno) + "; is a venue running in that folder?"};
    }
    const std::string text = line + "\n";
    if (::send(door.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size())) {
        return Error{path + ": " + std::strerror(errno)};
    }
    std::string answer;
    char buffer[65536];
    while (answer.empty() || answer.back() != '\n') {
        const ssize_t got = ::recv(door.get(), buffer, sizeof(buffer), 0);
        if (got <= 0) {
            return Error{path + ": the venue closed without an answer"};
        }
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    answer.pop_back();
    return answer;
}

int run_ctl(const CtlOptions& options) {
    if (options.dir.empty()) {
        return fail("--dir '': expected the folder of a run");
    }
    const std::string socket = (std::filesystem::path(options.dir) / "ctl.sock").string();
    if (options.words[0] == "script") {
        return options.words.size() == 2 ? run_script(socket, options.words[1], options.json)
                                         : fail("expected script FILE");
    }
    std::string line;
    for (const std::string& word : options.words) {
        line += (line.empty() ? "" : " ") + word;
    }
    const auto answer = ask_control_socket(socket, line);
    if (!answer) {
        return fail(answer.error());
    }
    return show(answer.value(), options.json) ? 0 : fail(answer.value());
}

}  // namespace portcullis::tools::venue
