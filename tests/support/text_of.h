#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hone::tests {

/// A file's bytes; empty if it is not there.
inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace hone::tests
