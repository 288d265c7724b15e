// Names, and README.md's table of signals. Cold.
#include "risk/credentials/signals.hpp"

namespace portcullis::risk {

std::string_view name(engine::CredentialState state) noexcept {
    switch (state) {
        case engine::CredentialState::active:
            return "active";
        case engine::CredentialState::suspect:
            return "suspect";
        case engine::CredentialState::suspended:
            return "suspended";
    }
    return "unknown";
}

std::string_view name(engine::CredentialResponse response) noexcept {
    switch (response) {
        case engine::CredentialResponse::none:
            return "none";
        case engine::CredentialResponse::note:
            return "note";
        case engine::CredentialResponse::cancel_only:
            return "cancel only";
        case engine::CredentialResponse::suspect:
            return "suspect";
        case engine::CredentialResponse::suspended:
            return "suspended";
    }
    return "unknown";
}

std::string signals_markdown() {
    std::string text =
        "| control | signal | what was seen | what follows |\n| --- | --- | --- | --- |\n";
    for (const SignalInfo& row : signals) {
        text += "| ";
        text += row.control;
        text += " | `";
        text += row.name;
        text += "` | ";
        text += row.seen;
        text += " | ";
        text += name(row.response);
        text += " |\n";
    }
    return text;
}

}  // namespace portcullis::risk
