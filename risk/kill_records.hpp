// KillRecords: the file beside the kill page that says who has cleared which kill.
//
// The page's words can be written by whoever may kill, so an open word proves nothing: a page that
// was put back, or a program that is not ours, opens it as well. A scope is open only where the
// last record of it says so, to the very word; without a record it is open as it was made, at zero.
// The record is durable before the word is changed, and it is one file written anew each time, so
// that there is no half of one: whatever is wrong with it is an error, which counts as killed.
//
// Writer: KillPage::clear, create and renew, alone on the page. Reader: KillPage::open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/control.hpp"
#include "engine/types/result.hpp"
#include "engine/types/units.hpp"

namespace portcullis::risk {

/// One kill that was cleared: `before` is odd, `after` one more.
struct KillCleared {
    static constexpr std::size_t who_max = 87;
    engine::Scope scope{engine::Scope::firm};
    std::uint32_t index{};
    std::uint32_t epoch{};  ///< of the page when it was
    std::uint32_t before{};
    std::uint32_t after{};
    engine::WallNs at{};
    std::string who;  ///< cut at who_max bytes
};

class KillRecords {
public:
    [[nodiscard]] static std::string path_of(const std::string& page_path) {
        return page_path + ".cleared";
    }
    /// A missing, damaged or foreign file is an error.
    [[nodiscard]] static engine::Result<KillRecords> read(const std::string& page_path);
    /// Makes the file where there is none; one that is there is read, and kept.
    [[nodiscard]] static engine::Result<KillRecords> make(const std::string& page_path,
                                                          std::vector<KillCleared> first);

    /// Durable when this is ok. Else nothing has changed.
    [[nodiscard]] engine::Outcome add(const KillCleared& cleared);
    /// The word that the scope was left open with: of its last record, or zero.
    [[nodiscard]] std::uint32_t opened(engine::Scope scope, std::size_t index) const noexcept;
    [[nodiscard]] const std::vector<KillCleared>& all() const noexcept { return all_; }

private:
    explicit KillRecords(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] engine::Outcome write(const std::vector<KillCleared>& records) const;

    std::string path_;
    std::vector<KillCleared> all_;
};

}  // namespace portcullis::risk
