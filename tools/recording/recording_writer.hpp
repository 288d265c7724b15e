// RecordingWriter: writes the lines that RecordingReader reads.
//
// Gzipped where the name ends in .gz. A file is made beside its name and moved there when it is
// whole, so that what stands under the name is never half a recording. One owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/types/result.hpp"

namespace portcullis::tools {

class RecordingWriter {
public:
    [[nodiscard]] static engine::Result<RecordingWriter> create(const std::string& path);
    RecordingWriter(RecordingWriter&&) noexcept;
    RecordingWriter& operator=(RecordingWriter&&) noexcept;
    /// Without finish() nothing is left under the name.
    ~RecordingWriter();

    /// "<receive time> <json>\n". Requires: no newline in `json`, which JSON on one line has not.
    [[nodiscard]] engine::Outcome write(std::int64_t receive_ns, std::string_view json);
    [[nodiscard]] engine::Outcome finish();
    [[nodiscard]] std::uint64_t lines() const noexcept;

private:
    struct State;
    explicit RecordingWriter(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace portcullis::tools
