// HeldMessages: what a fault has made late and is not out yet.
//
// A connection is one line: what is late holds up all that comes behind it, whatever stream it is
// of, and messages in line leave in the order in which they came. Out of the line stand those that
// a fault lets others pass: one that waits for its successor, one that waits for a fill. One owner:
// the fault layer. Invariant: a line ends no earlier than any message in it leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/venue/server/wire.hpp"

namespace portcullis::tools::venue {

/// The connections of a hub by their numbers. What is held may outlive the one that it is for: then
/// it has no way out.
class Connections {
public:
    virtual ~Connections() = default;
    /// `stream`: of a market message its stream; empty: an answer, an account's event.
    virtual void send(std::uint64_t connection, std::string_view stream, std::string text) = 0;
    virtual void act(std::uint64_t connection, const WireAct& what) = 0;
};

/// A strike that something later shows. Where the last copy goes unproven, it came to nothing.
class Claim {
public:
    virtual ~Claim() = default;
    virtual void prove() = 0;
};
using SharedClaim = std::shared_ptr<Claim>;

struct HeldMessage {
    Connections* to{};
    std::uint64_t connection{};
    std::string stream;
    std::string text;
};

class HeldMessages {
public:
    [[nodiscard]] bool empty() const { return due_.empty() && aside_.empty(); }
    /// Whether a message waits in the line of this connection.
    [[nodiscard]] bool waits(std::uint64_t connection) const { return ends_.contains(connection); }

    /// Behind all that waits there. When it leaves.
    std::int64_t in_line(HeldMessage message, std::int64_t due_us);
    /// At its own time; those behind it pass it.
    void out_of_line(HeldMessage message, std::int64_t due_us);
    void until_successor(HeldMessage message, std::int64_t due_us, SharedClaim claim);
    void until_fill(HeldMessage message, std::int64_t due_us, SharedClaim claim,
                    std::string_view owner);

    /// A message of this stream leaves at `due_us`: what was to change places with it comes behind.
    void successor_leaves(std::uint64_t connection, std::string_view stream, std::int64_t due_us);
    /// A fill of `owner` is told at `due_us`: what waited for one comes behind.
    void fill_leaves(std::string_view owner, std::int64_t due_us);

    /// Sends what is due.
    void release(std::int64_t now_us);
    [[nodiscard]] std::optional<std::int64_t> next_due_us() const;

private:
    struct Aside {
        HeldMessage message;
        std::int64_t due_us{};  ///< at the latest
        SharedClaim claim;
        std::optional<std::string> owner;  ///< whose fill it waits for; none: its successor
    };
    /// Those aside that are meant, in order; they are aside no more.
    std::vector<Aside> take(const std::function<bool(const Aside&)>& meant);

    std::map<std::pair<std::int64_t, std::uint64_t>, HeldMessage> due_;  ///< by time, then order
    std::vector<Aside> aside_;
    std::map<std::uint64_t, std::int64_t> ends_;  ///< of each line: when its last message leaves
    std::uint64_t order_{0};
};

}  // namespace portcullis::tools::venue
