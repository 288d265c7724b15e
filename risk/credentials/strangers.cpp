#include "risk/credentials/strangers.hpp"

#include <array>

namespace portcullis::risk {

using engine::Stranger;

namespace {

struct NamedStranger {
    std::string_view text;
    Stranger stranger;
};

// Prefixes of client ids (USD-M and COIN-M futures, ORDER_TRADE_UPDATE).
constexpr std::array id_prefixes{
    NamedStranger{"autoclose-", Stranger::liquidation},
    NamedStranger{"adl_autoclose", Stranger::auto_deleverage},
    NamedStranger{"settlement_autoclose-", Stranger::settlement},
};

// Whole reasons (ACCOUNT_UPDATE). Those of a person's doing (DEPOSIT, WITHDRAW, MARGIN_TRANSFER,
// ASSET_TRANSFER, ADMIN_WITHDRAW) are not here: money that goes by them is an outflow.
constexpr std::array change_reasons{
    NamedStranger{"FUNDING_FEE", Stranger::funding},
    NamedStranger{"INSURANCE_CLEAR", Stranger::insurance},
    NamedStranger{"OPTIONS_SETTLE_PROFIT", Stranger::settlement},
};

}  // namespace

StrangerMark stranger_of_order(std::string_view client_id, std::string_view order_type,
                               std::string_view execution_type) noexcept {
    StrangerMark mark;
    mark.venue_typed = order_type == "LIQUIDATION" || execution_type == "CALCULATED";
    for (const NamedStranger& row : id_prefixes) {
        if (client_id.starts_with(row.text)) {
            mark.stranger = row.stranger;
        }
    }
    if (mark.venue_typed && mark.stranger == Stranger::none) {
        mark.stranger = Stranger::liquidation;  // the type says so, whatever the name
    }
    return mark;
}

StrangerMark stranger_of_change(std::string_view reason) noexcept {
    for (const NamedStranger& row : change_reasons) {
        if (reason == row.text) {
            return {row.stranger, true};
        }
    }
    return {};
}

}  // namespace portcullis::risk
