// Result<T>: a value, or the reason why there is none. For start-up and other cold code.
//
// No exception crosses a folder border, and a bool cannot say why. On the hot path a refusal is an
// enumerator; here it is a sentence that names file, line, key or field, what was found and what
// was expected.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "engine/types/verify.hpp"

namespace portcullis::engine {

struct Error {
    std::string message;
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    /// Requires: ok().
    [[nodiscard]] T& value() & noexcept {
        verify(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& noexcept {
        verify(ok());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && noexcept {
        verify(ok());
        return std::move(*std::get_if<0>(&state_));
    }
    /// Requires: not ok().
    [[nodiscard]] const std::string& error() const noexcept {
        verify(!ok());
        return std::get_if<1>(&state_)->message;
    }

private:
    std::variant<T, Error> state_;
};

/// For acts that have no value to give back.
struct Done {};
using Outcome = Result<Done>;

}  // namespace portcullis::engine
