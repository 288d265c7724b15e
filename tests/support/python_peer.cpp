#include "tests/support/python_peer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace portcullis::test {
namespace {

constexpr const char* python = "/usr/bin/python3";
constexpr int patience_ms = 20'000;

/// Its output into `output`; -1: it cannot be started.
pid_t start(const std::vector<std::string>& arguments, int output) {
    std::vector<char*> words;
    for (const std::string& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t process = -1;
    if (::posix_spawn(&process, python, &actions, nullptr, words.data(), environ) != 0) {
        process = -1;
    }
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

int exit_code(pid_t process) {
    int status = 0;
    if (process < 0 || ::waitpid(process, &status, 0) != process) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

bool PythonPeer::available() {
    static const bool found = exit_code(start({python, "-c",
                                               "import importlib.util as util, sys\n"
                                               "sys.exit(util.find_spec('websockets') is None)"},
                                              STDERR_FILENO)) == 0;
    return found;
}

PythonPeer::PythonPeer(const std::string& script, const std::vector<std::string>& arguments) {
    std::vector<std::string> all{python, "-u", script};
    all.insert(all.end(), arguments.begin(), arguments.end());
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) == 0) {
        process_ = start(all, ends[1]);
        ::close(ends[1]);
        output_ = ends[0];
    }
}

PythonPeer::~PythonPeer() {
    if (process_ >= 0) {
        ::kill(process_, SIGKILL);
        (void)exit_code(process_);
    }
    if (output_ >= 0) {
        ::close(output_);
    }
}

std::string PythonPeer::read_line() {
    std::size_t end = 0;
    while ((end = buffered_.find('\n')) == std::string::npos) {
        pollfd readable{output_, POLLIN, 0};
        char bytes[4096];
        const ssize_t got = ::poll(&readable, 1, patience_ms) == 1
                                ? ::read(output_, bytes, sizeof bytes)
                                : ssize_t{0};
        if (got <= 0) {
            return {};
        }
        buffered_.append(bytes, static_cast<std::size_t>(got));
    }
    std::string line = buffered_.substr(0, end);
    buffered_.erase(0, end + 1);
    return line;
}

int PythonPeer::wait() {
    return exit_code(std::exchange(process_, -1));
}

}  // namespace portcullis::test
