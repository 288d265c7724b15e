// DerivedStreams: the market streams that follow from those that are recorded.
//
// A recording holds depth every 100 ms, trades and tickers. From them come, where somebody listens:
//   <sym>@depth            each second one event: all that changed, U of its first, u of its last
//   <sym>@depth5|10|20     the top of the book, each second that it changed; @100ms: each event
//   ...@1000ms             another name of those each second, which clients write out
//   <sym>@aggTrade         trades in a row of one price, side, millisecond and taker (README.md)
// Pure but for the exchange and the tape that it reads. One owner: the server's thread. Invariant:
// events of <sym>@depth follow one another without a gap, until a jump of the replay.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/venue/exchange.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/server/trade_tape.hpp"

namespace portcullis::tools::venue {

class DerivedStreams {
public:
    using Wanted = std::function<bool(std::string_view stream)>;
    using Emit = std::function<void(std::string_view stream, std::string_view data)>;

    DerivedStreams(const Exchange& exchange, const TradeTape& tape, Wanted wanted, Emit emit);
    ~DerivedStreams();
    DerivedStreams(const DerivedStreams&) = delete;
    DerivedStreams& operator=(const DerivedStreams&) = delete;

    /// A recorded message, after the exchange has taken it in and it was published.
    void on_message(std::string_view stream, std::string_view data, StreamKind kind);
    /// Every 100 ms of the recording's time; `full_second` each tenth time.
    void on_tick(bool full_second);
    /// The symbol's book was set anew: nothing that was gathered counts any more.
    void on_jump(const std::string& symbol);

private:
    struct Parser;
    /// Levels by price, best first; absolute quantities as recorded.
    using Levels = std::map<std::int64_t, std::pair<std::string, std::string>>;
    struct Slow {
        std::uint64_t first_id{}, last_id{}, event_ms{};
        Levels bids, asks;
    };
    struct Aggregate {
        std::uint64_t event_ms{}, trade_ms{}, first_id{}, last_id{};
        std::int64_t price{}, qty{};
        std::int64_t number{};  ///< the tape's
        bool buyer_is_maker{};
    };
    struct Market {
        std::string name;  ///< upper case
        std::string agg_trade;
        std::array<std::string, 2> slow_depth;  ///< both its names
        std::array<std::string, 3> partial, partial_slow, partial_fast;
        std::optional<Slow> slow;
        std::optional<Aggregate> aggregate;
        std::uint64_t partial_id{};  ///< book that was last told each second
    };

    Market& market(std::string_view stream);
    void gather_depth(Market& market, std::string_view data);
    void gather_trade(Market& market, std::string_view data);
    [[nodiscard]] bool slow_wanted(const Market& market) const;
    /// To both names of the slow stream, but not to that of `source`, which has told it.
    void tell_slow(const Market& market, std::string_view data, std::string_view source = {});
    void tell_depth(Market& market);
    void tell_trade(Market& market);
    void tell_partial(const Market& market, const std::array<std::string, 3>& streams);

    const Exchange& exchange_;
    const TradeTape& tape_;
    Wanted wanted_;
    Emit emit_;
    std::unique_ptr<Parser> parser_;
    std::map<std::string, Market, std::less<>> markets_;  ///< by symbol, lower case
};

}  // namespace portcullis::tools::venue
