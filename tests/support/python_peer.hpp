// PythonPeer: a script of tests/peers/websockets in a process of its own, beside a C++ test.
//
// The scripts stand on Debian's python3-websockets, a WebSocket by others that shares no line with
// ours or with Beast. It belongs to Debian's own Python, whatever else `python3` may be.
// One thread each.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace portcullis::test {

class PythonPeer {
public:
    /// Whether there is python3-websockets; if not, the test says so by name and is skipped.
    [[nodiscard]] static bool available();
    static constexpr const char* missing =
        "no python3-websockets (tools/install-deps --dev brings it)";

    PythonPeer(const std::string& script, const std::vector<std::string>& arguments);
    ~PythonPeer();
    PythonPeer(const PythonPeer&) = delete;
    PythonPeer& operator=(const PythonPeer&) = delete;

    /// The next line of its output; empty: it has ended, or has said nothing for 20 s.
    [[nodiscard]] std::string read_line();
    /// Exit code; -1: a signal ended it.
    [[nodiscard]] int wait();

private:
    pid_t process_{-1};
    int output_{-1};
    std::string buffered_;
};

}  // namespace portcullis::test
