#pragma once

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace hone::tools {

/// Calls `use` with each line's JSON object and its place, "FILE:LINE". Blank lines are skipped;
/// "-" is standard input.
/// Throws: DataError for a file that cannot be read, or a line that is no JSON object.
void read_json_lines(
    const std::string& path,
    const std::function<void(const nlohmann::json& object, const std::string& place)>& use);

/// The same with the keys of objects in their order, which a chat template sees.
void read_ordered_json_lines(
    const std::string& path,
    const std::function<void(const nlohmann::ordered_json& object, const std::string& place)>& use);

/// Where a command writes its lines: a file, or standard output if the path is empty.
class LineOutput {
 public:
  /// Throws: DataError if the file cannot be written.
  explicit LineOutput(const std::string& path);

  /// One object as one line, its keys in the order they were set.
  void write(const nlohmann::ordered_json& object);

  /// The same from the object's text.
  void write(const std::string& object);

  /// To be called last. Throws: DataError if anything was not written, as on a full disk.
  void finish();

 private:
  std::string place_;
  std::ofstream file_;
  std::ostream* stream_;
};

}  // namespace hone::tools
