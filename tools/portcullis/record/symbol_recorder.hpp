// SymbolRecorder: one symbol's file, and the rule by which its snapshot fits.
//
// Lines wait in memory until a snapshot and the first depth event are known to fit one another
// (U <= lastUpdateId + 1), because a reader takes the first snapshot that it finds: one that is too
// old would spoil the file. From then on a depth event must follow the one before it. One owner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"
#include "tools/recording/recording_writer.hpp"

namespace portcullis::tools {

class SymbolRecorder {
public:
    SymbolRecorder(std::string symbol, RecordingWriter writer);
    ~SymbolRecorder();
    SymbolRecorder(SymbolRecorder&&) noexcept;
    SymbolRecorder& operator=(SymbolRecorder&&) noexcept;

    /// A message of the combined stream, whole. `data_at`: where its inner message begins.
    [[nodiscard]] engine::Outcome message(std::int64_t receive_ns, std::string_view json,
                                          std::size_t data_at, bool depth);
    /// A REST snapshot. One that is too old is dropped, and wants_snapshot() again.
    [[nodiscard]] engine::Outcome snapshot(std::int64_t receive_ns, std::string_view json);
    /// No snapshot is held, or it is older than the depth events.
    [[nodiscard]] bool wants_snapshot() const { return !snapshot_id_; }
    [[nodiscard]] const std::string& symbol() const { return symbol_; }
    /// A snapshot and a depth event fit one another; before that finish() would leave no recording.
    [[nodiscard]] bool begun() const { return begun_; }
    /// Why it has not begun.
    [[nodiscard]] std::string waits_for() const;
    /// That it was given, snapshots not among them.
    [[nodiscard]] std::uint64_t messages() const { return messages_; }
    [[nodiscard]] engine::Outcome finish();

private:
    struct Parser;
    struct Line {
        std::int64_t receive_ns;
        std::string json;
        bool snapshot;
    };
    [[nodiscard]] engine::Outcome take_depth(std::string_view data);
    [[nodiscard]] engine::Outcome begin_if_fitting();

    std::string symbol_;
    RecordingWriter writer_;
    std::unique_ptr<Parser> parser_;
    std::vector<Line> waiting_;
    std::optional<std::uint64_t> snapshot_id_, first_depth_id_, last_depth_id_;
    std::uint64_t messages_{};
    bool begun_{};
};

}  // namespace portcullis::tools
