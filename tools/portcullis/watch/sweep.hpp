// Sweep: everything cancelled at the venue, again and again, until the venue itself has shown that
// nothing is open and that nothing can come any more.
//
// An empty answer right after the engine fell silent proves nothing: an order of its last instant
// may be on its way yet. So the sweep ends with an empty answer that was asked later than such an
// order could live: recvWindow and a margin after the kill. Each cancel is written down before it
// leaves, with the orders that it was meant for, and after it with what it has ended and the name
// that the venue has given it: who reads the account's reports can tell it from a stranger's. No
// clock of its own, no thread; owner: the watch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/units.hpp"
#include "gateways/binance/cancel_door.hpp"

namespace portcullis::tools {

struct SweepCounters {
    std::uint64_t rounds{};
    std::uint64_t cancels{};   ///< of a whole symbol each
    std::uint64_t failures{};  ///< questions and cancels without an answer, or refused
    std::uint64_t open{};      ///< rows in the last answer
    engine::MonoNs begun{};
    engine::MonoNs empty_first{};  ///< 0: not yet
    engine::MonoNs proven{};       ///< 0: not yet
};

class Sweep {
public:
    /// A line of the watch's journal; false: it could not be written.
    using Journal = std::function<bool(const std::string&)>;

    /// `symbols` are cancelled in the first round unasked: whatever they show, it is to be gone.
    Sweep(gateways::binance::CancelDoor& door, std::vector<std::string> symbols,
          engine::DurationNs lives, Journal journal)
        : door_(door), symbols_(std::move(symbols)), lives_(lives), journal_(std::move(journal)) {}

    void begin(engine::MonoNs now) noexcept;
    /// One round. True when the proof is there. A failure is not the end: the next round is due.
    [[nodiscard]] bool round(engine::MonoNs now, engine::WallNs wall);
    [[nodiscard]] const SweepCounters& counters() const noexcept { return counters_; }
    /// Why the last question or cancel failed.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

private:
    void cancel(std::string_view symbol, const std::string& orders, engine::WallNs wall);

    gateways::binance::CancelDoor& door_;
    std::vector<std::string> symbols_;
    engine::DurationNs lives_;
    Journal journal_;
    SweepCounters counters_;
    std::string trouble_;
    bool unasked_{};
};

}  // namespace portcullis::tools
