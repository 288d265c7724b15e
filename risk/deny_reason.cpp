// README.md's table of reasons, from the table in the code and in the order of the ladder. Cold.
#include "risk/deny_reason.hpp"

#include "risk/checks.hpp"
#include "risk/limit_names.hpp"

namespace portcullis::risk {

namespace {

void add_row(std::string& text, DenyReason reason) {
    const ReasonInfo row = info(reason);
    text += "| " + std::to_string(static_cast<unsigned>(reason)) + " | `";
    text += row.name;
    text += "` | ";
    text += row.breaks;
    text += " | ";
    text += toml_limit(row.key, row.unit).key;  // as a person writes it
    text += " | ";
    text += row.unit;
    text += " | ";
    text += row.scope == engine::Scope{} ? std::string_view{"-"} : name(row.on_breach);
    text += " |\n";
}

}  // namespace

std::string deny_reasons_markdown() {
    std::string text = "| # | reason | what breaks it | limit or source | unit | on breach |\n";
    text += "| --: | --- | --- | --- | --- | --- |\n";
    for (const Check& rung : ladder) {
        add_row(text, rung.reason);
    }
    add_row(text, DenyReason::order_slots);
    return text;
}

}  // namespace portcullis::risk
