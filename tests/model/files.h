#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/error.h"
#include "tests/support/temp_folder.h"

namespace hone::tests {

inline void put(const std::filesystem::path& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(HONE_SOURCE_DIR) / "tests/parity/fixtures" / name;
}

inline std::vector<nlohmann::json> json_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// What the DataError says that the call ends with; empty if it ends without one.
template <class F>
std::string data_error(F&& call) {
  try {
    call();
  } catch (const DataError& error) {
    return error.what();
  }
  return {};
}

}  // namespace hone::tests
