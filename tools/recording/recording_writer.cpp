#include "tools/recording/recording_writer.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "engine/types/verify.hpp"

namespace portcullis::tools {

using engine::Done;
using engine::Error;
using engine::Outcome;
using engine::Result;
using engine::verify;

struct RecordingWriter::State {
    std::string path;
    std::string part;
    gzFile file{nullptr};
    std::uint64_t lines{};

    ~State() {
        if (file != nullptr) {
            (void)gzclose(file);
            (void)std::remove(part.c_str());
        }
    }
    [[nodiscard]] Error error(const char* what) const {
        return Error{part + ": " + what + ": " + std::strerror(errno)};
    }
};

RecordingWriter::RecordingWriter(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
RecordingWriter::RecordingWriter(RecordingWriter&&) noexcept = default;
RecordingWriter& RecordingWriter::operator=(RecordingWriter&&) noexcept = default;
RecordingWriter::~RecordingWriter() = default;

Result<RecordingWriter> RecordingWriter::create(const std::string& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->part = path + ".part";
    const bool zipped = path.size() > 3 && path.compare(path.size() - 3, 3, ".gz") == 0;
    state->file = gzopen(state->part.c_str(), zipped ? "wb6" : "wbT");
    if (state->file == nullptr) {
        return state->error("cannot be made");
    }
    return RecordingWriter{std::move(state)};
}

Outcome RecordingWriter::write(std::int64_t receive_ns, std::string_view json) {
    verify(state_->file != nullptr);
    verify(json.find('\n') == std::string_view::npos);
    const std::string head = std::to_string(receive_ns) + " ";
    const auto put = [this](std::string_view text) {
        const auto size = static_cast<unsigned>(text.size());
        return gzwrite(state_->file, text.data(), size) == static_cast<int>(size);
    };
    if (!put(head) || !put(json) || !put("\n")) {
        return state_->error("cannot be written");
    }
    ++state_->lines;
    return Done{};
}

Outcome RecordingWriter::finish() {
    verify(state_->file != nullptr);
    if (gzclose(std::exchange(state_->file, nullptr)) != Z_OK) {
        (void)std::remove(state_->part.c_str());
        return state_->error("cannot be written");
    }
    if (std::rename(state_->part.c_str(), state_->path.c_str()) != 0) {
        return state_->error("cannot be given its name");
    }
    return Done{};
}

std::uint64_t RecordingWriter::lines() const noexcept {
    return state_->lines;
}

}  // namespace portcullis::tools
