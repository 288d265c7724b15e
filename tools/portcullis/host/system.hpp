// What is asked of the kernel for this process, one call each, and looked at afterwards.
//
// Each says what is in force or what stands in the way (which key of the config, what was found,
// what is expected). Apart from the config's types, because memory is handled as bytes here.
// Callers: options.hpp at the start of `trade`, the doctor in processes of their own.
#pragma once

#include <string>

#include "engine/types/result.hpp"

namespace portcullis::tools {

/// What Linux gives a thread where nothing is said: the kernel may wake it so much later.
inline constexpr int timer_slack_default_ns = 50'000;

/// The text says what is in force, the error what stands in the way.
using Taken = engine::Result<std::string>;

/// Everything mapped now or later stays in memory and is there before its first use.
[[nodiscard]] Taken lock_memory();
/// Heap and large tables on pages of 2 MiB. The journal's segments are pages of files and are not.
[[nodiscard]] Taken take_huge_pages();
/// That a socket of this process may have SO_BUSY_POLL; the connections set it for themselves.
[[nodiscard]] Taken probe_busy_poll(int busy_poll_us);
/// Of this thread, and so of those that it starts.
[[nodiscard]] Taken set_timer_slack(int timer_slack_ns);

}  // namespace portcullis::tools
