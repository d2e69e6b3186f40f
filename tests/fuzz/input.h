#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "model/error.h"
#include "tests/model/files.h"

namespace hone::tests {

/// Writes the bytes as a file.
inline void put(const std::filesystem::path& path, const std::uint8_t* data, std::size_t size) {
  put(path, std::string(reinterpret_cast<const char*>(data), size));
}

/// Calls a reader. A DataError is the only way in which it may refuse what it is given.
template <class F>
void read(F&& reader) {
  try {
    reader();
  } catch (const DataError&) {
  }
}

}  // namespace hone::tests
