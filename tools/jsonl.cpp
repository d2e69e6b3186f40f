#include "tools/jsonl.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "model/error.h"
#include "model/json_fields.h"

namespace hone::tools {
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& expected) {
  throw DataError(place, expected, errno != 0 ? std::strerror(errno) : "an error");
}

template <class Json>
void read_lines(const std::string& path,
                const std::function<void(const Json& object, const std::string& place)>& use) {
  std::ifstream file;
  std::istream* stream = &std::cin;
  if (path != "-") {
    if (std::filesystem::is_directory(path)) throw DataError(path, "a JSONL file", "a folder");
    errno = 0;
    file.open(path);
    if (!file) fail(path, "a JSONL file");
    stream = &file;
  }
  std::string line;
  for (std::size_t number = 1; std::getline(*stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = path + ":" + std::to_string(number);
    const Json object = model::parse_json<Json>(line, place);
    if (!object.is_object()) throw DataError(place, "a JSON object", object.type_name());
    use(object, place);
  }
  if (stream->bad()) fail(path, "a readable file");
}

}  // namespace

void read_json_lines(
    const std::string& path,
    const std::function<void(const nlohmann::json& object, const std::string& place)>& use) {
  read_lines<nlohmann::json>(path, use);
}

void read_ordered_json_lines(const std::string& path,
                             const std::function<void(const nlohmann::ordered_json& object,
                                                      const std::string& place)>& use) {
  read_lines<nlohmann::ordered_json>(path, use);
}

LineOutput::LineOutput(const std::string& path)
    : place_(path.empty() ? "standard output" : path), stream_(&std::cout) {
  if (path.empty()) return;
  errno = 0;
  file_.open(path);
  if (!file_) fail(place_, "a file that can be written");
  stream_ = &file_;
}

void LineOutput::write(const nlohmann::ordered_json& object) { write(object.dump()); }

void LineOutput::write(const std::string& object) { *stream_ << object << '\n'; }

void LineOutput::finish() {
  errno = 0;
  stream_->flush();
  if (!*stream_) fail(place_, "room for the output");
}

}  // namespace hone::tools
