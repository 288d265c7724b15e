// WebSocket++ 0.8.2, its byte-in transport: nothing of ours but the copy into its buffer. C++17, a
// library of its own (bench/CMakeLists.txt).
#include <websocketpp/client.hpp>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core_client.hpp>
#include <websocketpp/logger/stub.hpp>
//
#include <cstring>

#include "bench/framing.hpp"

namespace portcullis::bench {
namespace {

struct Config : websocketpp::config::core_client {
    using type = Config;
    using concurrency_type = websocketpp::concurrency::none;
    using elog_type = websocketpp::log::stub;
    using alog_type = websocketpp::log::stub;
    using rng_type = websocketpp::random::random_device::int_generator<uint32_t, concurrency_type>;
    // style: type-name because WebSocket++ looks for this name
    struct transport_config : websocketpp::config::core_client::transport_config {
        using concurrency_type = type::concurrency_type;
        using elog_type = type::elog_type;
        using alog_type = type::alog_type;
    };
    using transport_type = websocketpp::transport::iostream::endpoint<transport_config>;
    static const websocketpp::log::level elog_level = websocketpp::log::elevel::none;
    static const websocketpp::log::level alog_level = websocketpp::log::alevel::none;
};

using Client = websocketpp::client<Config>;

class FramingWebsocketpp final : public FramingClient {
public:
    FramingWebsocketpp() {
        websocketpp::lib::error_code error;
        connection_ = client_.get_connection("ws://localhost/", error);
        connection_->set_write_handler(
            [this](websocketpp::connection_hdl, char const* from, std::size_t size) {
                written_.append(from, size);
                return websocketpp::lib::error_code();
            });
        connection_->set_message_handler(
            [this](websocketpp::connection_hdl, const Client::message_ptr& message) {
                to_->take(message->get_payload().data(), message->get_payload().size());
            });
        client_.connect(connection_);
        const std::string answer = upgrade_answer_to(written_);
        std::memcpy(buffer_, answer.data(), answer.size());
        feed(answer.size());
    }
    ~FramingWebsocketpp() override {
        // It owns itself through a pending read.
        connection_->fatal_error();
    }
    bool take(const Wire& wire, Received& to) override {
        to_ = &to;
        for (const std::string& record : wire.records) {
            std::memcpy(buffer_, record.data(), record.size());
            if (!feed(record.size())) {
                return false;
            }
        }
        return true;
    }

private:
    bool feed(std::size_t size) {
        std::size_t at = 0;
        while (at < size) {
            at += connection_->read_some(buffer_ + at, size - at);
            if (connection_->get_state() != websocketpp::session::state::open) {
                return false;
            }
        }
        return true;
    }

    Client client_;
    Client::connection_ptr connection_;
    Received* to_{};
    std::string written_;
    char buffer_[Wire::record_bytes_max];
};

}  // namespace

std::unique_ptr<FramingClient> make_framing_websocketpp() {
    return std::make_unique<FramingWebsocketpp>();
}

}  // namespace portcullis::bench
