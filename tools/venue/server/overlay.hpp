// Overlay: a recording's messages with our resting orders and fills in them (README.md, "Overlay").
//
//   depth       levels with ours added, and those whose part of ours changed since the last event
//   bookTicker  ours where it is as good as the recorded best, or better
//   trade       the part of a recorded trade that filled us at our price, and fills of other causes
// Ids of the book stay the recording's, so nothing of ours is told between two of its messages.
// Trades are numbered anew from the first that is not the recording's. A message in which nothing
// of ours is, is passed on byte for byte. One owner: the server's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/venue/exchange.hpp"
#include "tools/venue/market_message.hpp"
#include "tools/venue/server/api.hpp"

namespace portcullis::tools::venue {

class Overlay final : private AccountListener {
public:
    using Emit = std::function<void(std::string_view stream, std::string_view data)>;

    /// Both must outlive it. Overlays the symbols that the exchange has now; messages of others,
    /// live markets whose books show everybody's orders anyway, are passed on.
    Overlay(Exchange& exchange, Api& api, Emit emit);
    ~Overlay() override;
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// A recorded message, after the exchange has taken it in.
    void on_message(const std::string& symbol, std::string_view stream, std::string_view data,
                    StreamKind kind);
    /// The symbol's book was set anew.
    void on_jump(const std::string& symbol);

private:
    struct Parser;
    struct Trade {
        PriceAtoms price{};
        QtyAtoms qty{};
        bool buyer_is_maker{};
    };
    struct Tape {
        std::optional<std::uint64_t>
            last_id;                    ///< of the last trade told; none: no recorded one yet
        std::uint64_t added{};          ///< trades told that the recording has not
        std::int64_t last_fill_id{};    ///< of the exchange: both sides of a trade tell it
        std::uint64_t event_ms{};       ///< recorded time of the last message
        std::uint64_t trade_ms{};       ///< time of the last trade told
        std::vector<Trade> of_next;     ///< fills by the recorded trade that comes now
        std::vector<Trade> after_next;  ///< fills that it has set off
        std::vector<Trade> waiting;     ///< before the first recorded trade
    };

    void on_account_event(AccountId account, const AccountEvent& event) override;
    void tell_depth(const std::string& symbol, std::string_view stream, std::string_view data);
    void tell_ticker(const std::string& symbol, std::string_view stream, std::string_view data);
    void tell_trade(const std::string& symbol, Tape& tape, std::string_view stream,
                    std::string_view data);
    void tell_added(const std::string& symbol, Tape& tape, const Trade& trade);

    Exchange& exchange_;
    Api& api_;
    Emit emit_;
    std::unique_ptr<Parser> parser_;
    std::map<std::string, Tape> tapes_;  ///< of recorded symbols
};

}  // namespace portcullis::tools::venue
