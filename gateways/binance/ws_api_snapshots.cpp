// Depth snapshots over the WebSocket API: see ws_api_snapshots.hpp.
#include "gateways/binance/ws_api_snapshots.hpp"

#include <cstring>
#include <utility>

#include "engine/types/verify.hpp"
#include "gateways/binance/depth_request.hpp"

namespace portcullis::gateways::binance {

using engine::verify;

namespace {

template <class T, std::size_t Capacity>
std::unique_ptr<T> take(engine::SpscRing<std::unique_ptr<T>, Capacity>& ring) {
    std::unique_ptr<T> taken;
    (void)ring.try_consume([&taken](std::unique_ptr<T>&& each) { taken = std::move(each); });
    return taken;
}

}  // namespace

std::unique_ptr<DepthSnapshot> WsApiSnapshots::poll() {
    return take(fetched_);
}

std::unique_ptr<DepthQuestion> WsApiSnapshots::next() {
    return take(questions_);
}

void WsApiSnapshots::done(std::unique_ptr<DepthQuestion> question, std::string_view frame) {
    verify(question != nullptr);
    const bool fits = frame.size() <= DepthQuestion::answer_bytes_max;
    question->answer_size = fits ? frame.size() : 0;
    if (question->answer_size != 0) {
        std::memcpy(question->answer.data(), frame.data(), frame.size());
    }
    verify(answers_.try_push(std::move(question)));  // there is one
}

std::size_t WsApiSnapshots::do_work() {
    std::size_t done = 0;
    // Room for the snapshot first: a feed that does not read holds the questions up, not us.
    if (idle_ == nullptr && fetched_.has_room(1)) {
        idle_ = take(answers_);
        if (idle_ != nullptr) {
            auto snapshot = std::make_unique<DepthSnapshot>();
            snapshot->instrument = idle_->instrument;
            const std::string_view text(idle_->answer.data(), idle_->answer_size);
            if (text.empty() || decoder_.decode(text, *snapshot) != DecodeError::none) {
                failures_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a counter
            }
            mark_cut(*snapshot);
            verify(fetched_.try_push(std::move(snapshot)));
            ++done;
        }
    }
    if (idle_ != nullptr &&
        wanted_.try_consume([this](engine::InstrumentId&& id) { idle_->instrument = id; })) {
        verify(questions_.try_push(std::move(idle_)));
        ++done;
    }
    return done;
}

}  // namespace portcullis::gateways::binance
