// `portcullis journal cat|verify|stats PATH`: a directory of segments, or one segment file.
// Reads only; also while an engine is writing.
#pragma once

#include <string>

namespace portcullis::tools {

int journal_cat(const std::string& path);
/// Exit code 0 only when every byte is accounted for.
int journal_verify(const std::string& path);
int journal_stats(const std::string& path, bool json);

}  // namespace portcullis::tools
