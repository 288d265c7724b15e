#include "tools/portcullis/journal/credential_text.hpp"

#include <fmt/core.h>

#include <string_view>

#include "risk/credentials/signals.hpp"
#include "tools/portcullis/amounts.hpp"
#include "tools/portcullis/console/screen.hpp"

namespace portcullis::tools {

using engine::CredentialSignal;
using engine::CredentialStateChanged;
using engine::EventType;
using engine::RawMessage;
using engine::RestoredCredential;
using engine::Sighting;

namespace {

std::string order_name(engine::ClOrdId order) {
    return fmt::format("{}-{}", order.epoch().value, order.sequence());
}

std::string wide_amount(engine::AmountAtoms wide) {
    const auto narrow = engine::to_int64(wide.value);
    return narrow ? decimal_text(*narrow) : std::string("beyond 64 bits");
}

std::string names_of(std::uint32_t signals) {
    std::string names;
    for (const risk::SignalInfo& row : risk::signals) {
        if ((signals >> static_cast<unsigned>(row.signal) & 1U) != 0) {
            names += (names.empty() ? "" : ",") + std::string(row.name);
        }
    }
    return names;
}

std::string signal_name(std::uint8_t signal) {
    return std::string(risk::name(static_cast<risk::Signal>(signal)));
}

}  // namespace

std::string credential_text(const engine::Event& event) {
    switch (event.header.type) {
        case EventType::raw_message: {
            const auto e = event.as<RawMessage>();
            const std::string_view text(e.text, RawMessage::text_max);
            return fmt::format("number={} part={}/{} size={} {}", e.number, e.part + 1, e.parts,
                               e.size, printable(text.substr(0, text.find('\0'))));
        }
        case EventType::sighting: {
            const auto e = event.as<Sighting>();
            return fmt::format(
                "what={} whose={} facts={} order={} trade={} id={} amount={} asset={} "
                "instrument={} code={} count={} lasted={}",
                static_cast<int>(e.what), static_cast<int>(e.whose), e.facts, e.order_id.value,
                e.trade.value, order_name(e.cl_ord_id), wide_amount(e.amount), e.asset.value,
                e.instrument.value, e.venue_code, e.count, e.lasted.value);
        }
        case EventType::credential_signal: {
            const auto e = event.as<CredentialSignal>();
            return fmt::format(
                "signal={} response={} state={} all={} order={} trade={} id={} amount={} asset={} "
                "credential={}",
                signal_name(e.signal), static_cast<int>(e.response), risk::name(e.state),
                names_of(e.signals), e.order_id.value, e.trade.value, order_name(e.cl_ord_id),
                wide_amount(e.amount), e.asset.value, e.credential.value);
        }
        case EventType::credential_state_changed: {
            const auto e = event.as<CredentialStateChanged>();
            return fmt::format("credential={} state={} signal={}", e.credential.value,
                               risk::name(e.state), signal_name(e.signal));
        }
        case EventType::restored_credential: {
            const auto e = event.as<RestoredCredential>();
            return fmt::format("credential={} state={} signal={}", e.credential.value,
                               risk::name(e.state), signal_name(e.signal));
        }
        default:
            return {};
    }
}

}  // namespace portcullis::tools
