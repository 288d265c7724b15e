// JournalHistory: what a new run must know of the runs before it, gathered in one pass.
//
// Message windows must not be refilled by a restart, ids of earlier epochs stay ours, a request
// that the last run sent just before it died may still take effect. All of it is in the journal.
// Live start and replay use the same class on the same records, so that a replay of epoch N begins
// with the windows that the live run began with. Cold code.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/events/decisions.hpp"
#include "engine/types/result.hpp"
#include "risk/risk_gate.hpp"

namespace portcullis::tools {

class JournalHistory {
public:
    /// Reads a whole journal. An empty one is no error; damage is.
    [[nodiscard]] static engine::Result<JournalHistory> read(const std::string& directory);

    void on_record(const engine::Event& record);

    /// Counts the messages of earlier runs in the windows of `gate`, at their age.
    void restore_windows(risk::RiskGate& gate, engine::MonoNs now, engine::WallNs wall) const;
    /// Highest sequence approved in each epoch.
    [[nodiscard]] const std::map<std::uint32_t, std::uint64_t>& sequences() const noexcept {
        return sequences_;
    }
    /// Local time up to which a request of an earlier run may still take effect; 0: none was sent.
    [[nodiscard]] engine::WallNs requests_until(engine::DurationNs expiry) const noexcept;
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] std::uint32_t last_epoch() const noexcept { return epoch_; }

private:
    struct Message {
        engine::StrategyId strategy{};
        engine::WallNs at{};
    };
    void add(const engine::NewOrderSingle& order, engine::WallNs at);

    std::vector<Message> messages_;  ///< of the longest window before the newest record
    std::size_t oldest_{};
    std::map<std::uint32_t, std::uint64_t> sequences_;
    engine::WallNs last_request_{};
    std::uint64_t records_{};
    std::uint32_t epoch_{};
};

}  // namespace portcullis::tools
