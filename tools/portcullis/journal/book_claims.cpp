#include "tools/portcullis/journal/book_claims.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/events/market.hpp"

namespace portcullis::tools {
namespace {

using namespace engine;

std::string level_text(const BookLevel& level) {
    return level.qty.value == 0 ? "-" : fmt::format("{}:{}", level.price.value, level.qty.value);
}

std::string side_text(const L2Book& book, Side side) {
    const std::size_t count = std::min(book.level_count(side), BookClaims::levels_shown);
    std::string text = count == 0 ? "-" : "";
    for (std::size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : ",") + level_text(book.level(side, i));
    }
    return text;
}

std::string claim_text(const Event& input, const InstrumentMarket& market) {
    if (input.header.type == EventType::book_reset) {
        return fmt::format("reset {}", static_cast<int>(input.as<BookReset>().reason));
    }
    const bool ticker = input.header.type == EventType::top_of_book;
    if (!market.valid()) {
        return ticker ? "top invalid" : "book invalid";
    }
    if (ticker) {
        const Bbo top = market.top();
        return fmt::format("top {} {} {}", top.update.value, level_text(top.bid),
                           level_text(top.ask));
    }
    return fmt::format("book {} {} {}", market.book().last_update().value,
                       side_text(market.book(), Side::buy), side_text(market.book(), Side::sell));
}

}  // namespace

InstrumentId claimed_instrument(const Event& input) noexcept {
    switch (input.header.type) {
        case EventType::book_reset:
            return input.as<BookReset>().instrument;
        case EventType::top_of_book:
            return input.as<TopOfBook>().instrument;
        case EventType::book_delta: {
            const auto delta = input.as<BookDelta>();
            return (delta.flags & BookDelta::last) != 0 ? delta.instrument : no_instrument;
        }
        default:
            return no_instrument;
    }
}

engine::Result<BookClaims> BookClaims::create(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) {
        return Error{path + ": " + std::strerror(errno)};
    }
    return BookClaims(file);
}

void BookClaims::write(const Event& input, InstrumentId instrument,
                       const InstrumentMarket& market) {
    fmt::print(file_.get(), "{} {} {} {}\n", input.header.seq, input.header.mono.value,
               instrument.value, claim_text(input, market));
}

bool BookClaims::close() {
    const bool written = std::ferror(file_.get()) == 0;
    return std::fclose(file_.release()) == 0 && written;
}

}  // namespace portcullis::tools
