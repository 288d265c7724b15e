// A connection in a test's hand that takes nothing from the heap itself, so that what its owner
// takes can be counted: frames wait in fixed slots and are handed out as views into them, as the
// interface wants it; of what is sent the last frame is kept.
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>

#include "engine/types/verify.hpp"
#include "gateways/net/transport.hpp"

namespace portcullis::gateways {

struct FixedWire {
    static constexpr std::size_t slots = 32;
    struct Slot {
        std::size_t size{};
        std::array<char, 4096 + FrameView::padding> text{};
    };
    std::array<Slot, slots> inbox{};
    std::size_t said{};
    std::size_t heard{};
    std::array<char, 4096> sent{};
    std::size_t sent_size{};
    std::function<void(std::string_view)> on_send;  ///< a venue for the time before the counting

    void say(std::string_view text) {
        engine::verify(said - heard < slots && text.size() <= 4096);
        Slot& slot = inbox[said++ % slots];
        slot.size = text.size();
        std::memcpy(slot.text.data(), text.data(), text.size());
    }
    [[nodiscard]] std::string_view last_sent() const { return {sent.data(), sent_size}; }
};

class FixedTransport final : public Transport {
public:
    explicit FixedTransport(FixedWire& wire) : wire_(wire) {}

    void connect(const Endpoint&, const TransportLimits&, std::int64_t) override {}
    std::size_t poll(FrameSink& sink, std::size_t messages_max, std::int64_t) override {
        std::size_t count = 0;
        for (; wire_.heard != wire_.said && count < messages_max; ++count) {
            const FixedWire::Slot& slot = wire_.inbox[wire_.heard++ % FixedWire::slots];
            sink.on_frame({FrameKind::text, slot.text.data(), slot.size});
        }
        return count;
    }
    SendResult send_text(std::string_view payload) override {
        engine::verify(payload.size() <= wire_.sent.size());
        wire_.sent_size = payload.size();
        std::memcpy(wire_.sent.data(), payload.data(), payload.size());
        if (wire_.on_send) {
            wire_.on_send(payload);
        }
        return SendResult::sent;
    }
    SendResult send_ping(std::string_view) override { return SendResult::sent; }
    std::size_t flush() override { return 0; }
    [[nodiscard]] std::size_t pending_bytes() const override { return 0; }
    void close(std::uint16_t, std::string_view) override {}
    void cut() override {}
    [[nodiscard]] TransportState state() const override { return TransportState::open; }
    [[nodiscard]] CloseCause close_cause() const override { return CloseCause::none; }
    [[nodiscard]] std::uint16_t close_code() const override { return 0; }
    [[nodiscard]] std::string_view close_reason() const override { return {}; }
    [[nodiscard]] int wait_fd() const override { return -1; }

private:
    FixedWire& wire_;
};

}  // namespace portcullis::gateways
