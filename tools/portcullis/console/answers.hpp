// Console answers: the status board as JSON, and JSON as what a person reads.
//
// The engine renders JSON once; humans' tables are made of it by the client, so that there is one
// truth on the wire. Amounts are exact decimal texts, never floats.
#pragma once

#include <string>
#include <string_view>

#include "risk/kill_switch.hpp"
#include "risk/operators/operators_file.hpp"
#include "tools/portcullis/config.hpp"
#include "tools/portcullis/latency/histogram.hpp"
#include "tools/portcullis/operator/limit_book.hpp"
#include "tools/portcullis/trade/status.hpp"

namespace portcullis::tools {

[[nodiscard]] std::string status_json(const CoreStatus& status, const AppConfig& config,
                                      const risk::KillPage& kill_page,
                                      const LatencySummary& latency, std::size_t pending = 0);
[[nodiscard]] std::string positions_json(const CoreStatus& status, const AppConfig& config);
[[nodiscard]] std::string orders_json(const CoreStatus& status, const AppConfig& config);
/// Every limit with what is used of it, what is left, and who changed it last.
[[nodiscard]] std::string limits_json(const CoreStatus& status, const AppConfig& config,
                                      const LimitBook& book);
/// What somebody must look at, whose it is, and how long until it halts the firm. `owners`: null
/// where there are none.
[[nodiscard]] std::string alerts_json(const CoreStatus& status, const AppConfig& config,
                                      const risk::Operators* owners);
/// "firm", "strategy touch".
[[nodiscard]] std::string scope_name(const AppConfig& config, engine::Scope scope,
                                     std::size_t index);
[[nodiscard]] std::string denials_json(const CoreStatus& status);
/// Why `command` cannot change the scope as it is now, empty where it can: what a control has
/// halted is ended by `re_enable` alone, which ends nothing else. The core refuses the same; here
/// is somebody who can be told.
[[nodiscard]] std::string refusal(const CoreStatus& status, engine::Command command,
                                  engine::Scope scope, std::uint16_t index);
[[nodiscard]] std::string error_json(std::string_view message);
[[nodiscard]] std::string ok_json(std::string_view message);

}  // namespace portcullis::tools
