// ReplaySource: one recording, standing before its next line to publish.
//
// Knows the recording's text, the book's synchronisation and nothing of a clock: positions are
// nanoseconds since the session began, and whoever owns the source (replay.cpp) says when they
// are. A jump (opening, a loop's next lap, a seek) rebuilds the book aside and gives the exchange
// one snapshot, so that the stretch that is skipped fills nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/recording/recording.hpp"
#include "tools/venue/exchange.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/recorded_book.hpp"

namespace portcullis::tools::venue {

// One owner, the replay. Invariant: depth events reach the exchange without a gap; a recording that
// has one ends with an error that names its line.
class ReplaySource {
public:
    /// Opens the recording and its sidecar, and adds the symbol to the exchange, which must not
    /// have it and must outlive the source.
    [[nodiscard]] static engine::Result<std::unique_ptr<ReplaySource>> open(
        Exchange& exchange, const std::string& recording);

    /// Plays what is published up to the first snapshot, and what is due before `position_ns`,
    /// aside; the exchange then gets the book of that moment.
    [[nodiscard]] engine::Outcome jump(std::int64_t position_ns, std::int64_t now_ms);
    /// The same recording `position_ns` after the beginning, its book built aside: nobody has seen
    /// anything of it until it lands.
    [[nodiscard]] engine::Result<std::unique_ptr<ReplaySource>> elsewhere(
        std::int64_t position_ns) const;
    /// The exchange gets the book that was built aside. Requires: made by elsewhere().
    void land(std::int64_t now_ms);
    /// A line that the exchange has taken in: its kind, or none where nothing is to be published.
    [[nodiscard]] engine::Result<std::optional<StreamKind>> take(std::int64_t now_ms);
    [[nodiscard]] engine::Outcome advance();

    [[nodiscard]] const std::string& symbol() const { return symbol_; }
    [[nodiscard]] bool has_line() const { return has_line_; }
    /// Requires: has_line().
    [[nodiscard]] const RecordedLine& line() const { return line_; }
    /// Of the line that it stands before.
    [[nodiscard]] std::int64_t position_ns() const {
        return lap_ns + (line_.receive_ns - origin_ns);
    }

    ~ReplaySource();
    ReplaySource(const ReplaySource&) = delete;
    ReplaySource& operator=(const ReplaySource&) = delete;

    std::int64_t origin_ns{};     ///< recorded time of its session's beginning
    std::int64_t lap_ns{};        ///< position at which the lap that it plays began
    std::int64_t lap_began_ns{};  ///< the venue's time then

private:
    ReplaySource(Exchange& exchange, RecordingReader reader, std::string symbol);

    struct Aside;
    [[nodiscard]] engine::Error error(const std::string& what) const;
    [[nodiscard]] engine::Outcome check_symbol(const std::string& found) const;
    [[nodiscard]] engine::Outcome read_to_position(Aside& aside, std::int64_t position_ns);
    void tell(const Aside& aside, std::int64_t now_ms);
    [[nodiscard]] engine::Outcome read_to_snapshot(Aside& aside);
    [[nodiscard]] engine::Outcome skip_line(Aside& aside);
    /// True: newer than the book and follows it. False: stale.
    [[nodiscard]] engine::Result<bool> follows(const DepthMessage& event);

    Exchange& exchange_;
    RecordingReader reader_;
    std::string symbol_;
    MessageReader messages_;
    RecordedLine line_;  ///< its views live until reader_.next()
    bool has_line_{};
    bool at_beginning_{true};
    std::uint64_t depth_id_{};
    std::unique_ptr<Aside> landing_;  ///< of elsewhere()
};

}  // namespace portcullis::tools::venue
