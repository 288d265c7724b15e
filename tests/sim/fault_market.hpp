// FaultMarket: a random walk of one book, told as the feed agent tells it, with the faults that a
// feed has: gaps, snapshots older than the gap, crossed tickers, tickers that the book contradicts,
// silence. Events go straight to the core; what it asks for (resync) is answered with a snapshot.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "engine/events/market.hpp"
#include "tests/sim/fault_plan.hpp"

namespace portcullis::tests {

class FaultMarket {
public:
    using Deliver = std::function<void(const Event&)>;

    FaultMarket(std::uint64_t seed, FaultPlan& plan, PriceAtoms tick, Deliver deliver)
        : plan_(plan), dice_(seed, 4), tick_(tick), deliver_(std::move(deliver)) {}

    [[nodiscard]] PriceAtoms bid() const { return PriceAtoms{mid_ * tick_.value}; }
    [[nodiscard]] PriceAtoms ask() const { return PriceAtoms{(mid_ + spread_) * tick_.value}; }
    [[nodiscard]] bool lost() const { return lost_; }

    void snapshot() {
        const bool stale = !history_.empty() && dice_.permille(plan_.stale);
        const auto& [id, levels] = stale ? history_.front() : history_.back();
        tell(levels, id, id, BookDelta::snapshot);
        lost_ = stale;
    }
    /// The market moves, and tells of it, unless something goes wrong.
    void move() {
        const std::vector<Level> before = levels();
        mid_ += dice_.between(-40, 40);
        mid_ = std::clamp<std::int64_t>(mid_, 5'900'000, 6'100'000);
        spread_ = dice_.between(1, 5);
        ++update_;
        std::vector<Level> news;
        for (const Level& gone : before) {
            news.push_back({gone.price, QtyAtoms{}, gone.ask});
        }
        // What is again there overwrites what was taken out: the last word on a price counts.
        for (const Level& now : levels()) {
            std::erase_if(news, [&](const Level& old) {
                return old.price == now.price && old.ask == now.ask;
            });
            news.push_back(now);
        }
        history_.emplace_back(UpdateId{update_}, levels());
        if (history_.size() > 4) {
            history_.erase(history_.begin());
        }
        if (dice_.permille(plan_.gap)) {
            lost_ = true;
            return;
        }
        if (!lost_) {
            tell(news, UpdateId{update_}, UpdateId{update_}, 0);
        }
        ticker();
        if (dice_.permille(200)) {
            TradePrint print;
            print.trade = TradeId{++prints_};
            print.price = bid();
            print.qty = QtyAtoms{1'000'000};
            print.instrument = InstrumentId{0};
            give(print);
        }
    }

private:
    struct Level {
        PriceAtoms price{};
        QtyAtoms qty{};
        bool ask{};
    };
    static constexpr std::int64_t depth = 6;

    [[nodiscard]] std::vector<Level> levels() const {
        std::vector<Level> out;
        for (std::int64_t i = 0; i < depth; ++i) {
            const QtyAtoms qty{100'000'000 +
                               (static_cast<std::int64_t>(update_) * 7 + i * 13) % 50 * 1'000'000};
            out.push_back({bid() - PriceAtoms{i * 3 * tick_.value}, qty, false});
            out.push_back({ask() + PriceAtoms{i * 3 * tick_.value}, qty, true});
        }
        return out;
    }
    void ticker() {
        const QtyAtoms qty = levels().front().qty;
        TopOfBook top;
        top.update = UpdateId{update_};
        top.bid = {bid(), qty};
        top.ask = {ask(), qty};
        top.instrument = InstrumentId{0};
        if (dice_.permille(plan_.crossed)) {
            std::swap(top.bid.price, top.ask.price);
        }
        if (dice_.permille(plan_.disagrees)) {
            top.bid.price = top.bid.price - tick_;
        }
        give(top);
    }
    template <EventPayload T>
    void give(const T& body) {
        deliver_(Event::of(body, MonoNs{}, WallNs{}));
    }
    void tell(const std::vector<Level>& news, UpdateId first, UpdateId last, std::uint8_t kind) {
        for (std::size_t i = 0; i < news.size(); i += BookDelta::levels_max) {
            BookDelta part;
            part.first_update = first;
            part.last_update = last;
            part.instrument = InstrumentId{0};
            part.flags = kind;
            if (kind != 0 && i == 0) {
                part.flags = kind | BookDelta::snapshot_begin;
            }
            for (std::size_t j = i; j < news.size() && j < i + BookDelta::levels_max; ++j) {
                part.levels[part.level_count] = {news[j].price, news[j].qty};
                part.ask_mask = static_cast<std::uint8_t>(
                    part.ask_mask | (news[j].ask ? 1U << part.level_count : 0U));
                ++part.level_count;
            }
            if (i + BookDelta::levels_max >= news.size()) {
                part.flags = static_cast<std::uint8_t>(part.flags | BookDelta::last);
            }
            give(part);
        }
    }

    FaultPlan& plan_;
    Dice dice_;
    PriceAtoms tick_;
    Deliver deliver_;
    std::int64_t mid_{6'000'000}, spread_{1}, prints_{};
    std::uint64_t update_{1000};
    bool lost_{true};
    std::vector<std::pair<UpdateId, std::vector<Level>>> history_{{UpdateId{1000}, levels()}};
};

}  // namespace portcullis::tests
