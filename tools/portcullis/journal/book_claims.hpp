// BookClaims: what the core held of each book, one line after every message of the market.
//
// A replay makes the live core's books again, bit for bit; this writes them down, so that somebody
// with the recording can hold each against what the venue's book was at the same update id. The
// live engine cannot do it: it would have to format on its hot thread.
//   SEQ MONO INSTRUMENT reset REASON                   a ResetReason, as the feed told it
//   SEQ MONO INSTRUMENT book U BIDS ASKS               after a whole depth message or snapshot
//   SEQ MONO INSTRUMENT top U BID ASK                  after a ticker that is newer than the book
//   SEQ MONO INSTRUMENT book|top invalid               the book is not to be believed
// Levels are PRICE:QTY in atoms, best first, joined by commas; a missing side is "-".
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "engine/book/market.hpp"
#include "engine/events/event.hpp"
#include "engine/types/result.hpp"

namespace portcullis::tools {

class BookClaims {
public:
    static constexpr std::size_t levels_shown = 10;

    [[nodiscard]] static engine::Result<BookClaims> create(const std::string& path);

    /// Requires: `market` is the state after `input`, which is of that instrument.
    void write(const engine::Event& input, engine::InstrumentId instrument,
               const engine::InstrumentMarket& market);
    /// False: something could not be written.
    [[nodiscard]] bool close();

private:
    struct Closer {
        void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
    };
    explicit BookClaims(std::FILE* file) : file_(file) {}

    std::unique_ptr<std::FILE, Closer> file_;
};

/// The instrument that a market event is of; none for every other event and for a part of a book
/// message that is not its last.
[[nodiscard]] engine::InstrumentId claimed_instrument(const engine::Event& input) noexcept;

}  // namespace portcullis::tools
