#pragma once

#include <filesystem>
#include <vector>

namespace hone::tools {

/// Writes one self-contained HTML file about one or several runs, finished or not.
/// Throws: DataError if a folder is no run, or the file cannot be written.
void write_report(const std::vector<std::filesystem::path>& runs,
                  const std::filesystem::path& output);

}  // namespace hone::tools
