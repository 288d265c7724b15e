// Recovery: what an engine does with the journal that it finds. Decides first, from a closed table,
// then writes; may be killed anywhere and done again.
//
//   verdict        machine since booted   act
//   complete       either                 nothing
//   open_end       either                 seal
//   torn_tail      either                 zero the unfinished record, seal, say how much was cut
//   lost_tail      yes                    zero from the first bad record on, seal, say so
//   lost_tail      no                     refuse: nothing but damage explains it
//   any other      either                 refuse
#pragma once

#include <string>

#include "engine/journal/journal.hpp"

namespace portcullis::engine::journal {

struct Found {
    Recovery recovery;
    ChainState chain;              ///< after the last record; number of the last begun segment
    std::vector<SegmentEnd> ends;  ///< of the begun segments
    std::size_t segment_files{};
};

/// Reads and verifies everything; writes nothing. An error names file, byte and verdict.
[[nodiscard]] Result<Found> examine(const std::string& directory, const Uuid& boot_id);
/// Carries out the table's last column and removes what was prepared and never begun.
[[nodiscard]] Outcome recover(const std::string& directory, Found& found);

}  // namespace portcullis::engine::journal
