// A run of the recording with the real journal under the core: what is on the disk afterwards is a
// journal like any other, its config beside it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "engine/journal/journal.hpp"
#include "tests/sim/core_rig.hpp"
#include "tests/sim/scratch.hpp"

namespace portcullis::tests {

/// Runs the recording with the real journal under the core; returns the last state hash.
inline std::uint64_t journal_recording(const std::string& directory, std::size_t segment_bytes) {
    journal::JournalOptions options;
    options.directory = directory;
    options.mode = journal::OpenMode::create;
    options.config_hash = sim_config().hash;
    options.build_id = "sim_test";
    options.segment_bytes = segment_bytes;
    options.sync_period = milliseconds(1'000'000);
    options.retry_period = milliseconds(1000);
    auto opened = journal::Journal::open(options);
    verify(opened.ok());
    journal::Journal& journal = *opened.value();
    verify(journal::store_config(directory, journal.epoch(), sim_config().effective).ok());
    CoreRig<journal::JournalWriter> rig(journal.writer(), journal.epoch());
    const MonoNs begun = recorded().front().header.mono;
    SessionStart start;
    std::memcpy(start.uuid, journal.uuid().data(), sizeof(start.uuid));
    start.config_hash = sim_config().hash;
    start.epoch = journal.epoch().value;
    Event first = Event::of(start, begun, WallNs{begun.value});
    rig.step(first);
    rig.start(begun);
    for (const Event& event : recorded()) {
        rig.feed(event);
        (void)journal.agent().do_work(event.header.mono);
    }
    EXPECT_GT(rig.core().counters().orders_approved, 100U);
    const std::uint64_t hash = rig.core().state_hash();
    EXPECT_TRUE(journal.close(rig.core().now(), WallNs{rig.core().now().value}).ok());
    return hash;
}

}  // namespace portcullis::tests
