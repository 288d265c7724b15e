// The few file operations that the journal needs, with every refusal of the system in words.
// Cold code. EINTR is retried; nothing else is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/result.hpp"

namespace portcullis::engine::journal {

/// "cannot open /x/y: No such file or directory"
[[nodiscard]] Error system_error(std::string_view act, const std::string& path, int number);

/// Names in `directory` that begin and end so, sorted.
[[nodiscard]] Result<std::vector<std::string>> list_files(const std::string& directory,
                                                          std::string_view prefix,
                                                          std::string_view suffix);
/// The number in "<prefix><8 digits><suffix>"; 0 where the name is not exactly that.
[[nodiscard]] std::uint32_t number_in(std::string_view name, std::string_view prefix,
                                      std::string_view suffix);
[[nodiscard]] std::string numbered(std::string_view prefix, std::uint32_t number,
                                   std::string_view suffix);

[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t bytes_max);
/// Makes the names in `directory` durable.
[[nodiscard]] Outcome sync_directory(const std::string& directory);
/// Writes all of it at `offset`.
[[nodiscard]] bool write_at(int file, std::span<const unsigned char> bytes, std::uint64_t offset);
/// The file appears under its name whole and durable, or not at all. Mode as of open(2).
[[nodiscard]] Outcome write_durably(const std::string& directory, const std::string& name,
                                    std::string_view bytes, unsigned mode);

}  // namespace portcullis::engine::journal
