// Epochs and the keys of their client order ids, one small file each.
//
// The number of the newest file is the epoch: rising with every start, durable before any socket
// opens, so that no client order id is ever made twice. The key makes the tag in the id's text,
// which tells our orders from a stranger's copy; all earlier keys stay, because orders of earlier
// epochs may still be open. Files are 0600, written whole or not at all, never changed.
#pragma once

#include <string>
#include <vector>

#include "engine/journal/journal.hpp"

namespace portcullis::engine::journal {

struct EpochFiles {
    Uuid uuid{};  ///< of the journal; meaningless without keys
    std::vector<EpochKey> keys;
};

/// Reads all of them. An error where one is missing, damaged or of another journal.
[[nodiscard]] Result<EpochFiles> read_epochs(const std::string& directory);
/// Makes the next one, with a new random key; with a new uuid when there was none.
[[nodiscard]] Outcome add_epoch(const std::string& directory, EpochFiles& files);

/// Of this boot of the machine.
[[nodiscard]] Result<Uuid> read_boot_id();

}  // namespace portcullis::engine::journal
