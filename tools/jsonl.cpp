#include "tools/jsonl.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <streambuf>

#include "model/error.h"
#include "model/json_fields.h"

namespace hone::tools {
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& expected) {
  throw DataError(place, expected, errno != 0 ? std::strerror(errno) : "an error");
}

/// Standard input, a block at a time. std::cin, which keeps in step with C's stdin, reads letter by
/// letter: a third of what `hone reward` costs.
class StandardInput : public std::streambuf {
 protected:
  int_type underflow() override {
    ssize_t count;
    do {
      count = ::read(STDIN_FILENO, block_.data(), block_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw std::runtime_error("cannot read");  // the stream is bad then
    if (count == 0) return traits_type::eof();
    setg(block_.data(), block_.data(), block_.data() + count);
    return traits_type::to_int_type(block_[0]);
  }

 private:
  std::array<char, 1 << 16> block_;
};

template <class Json>
void read_lines(const std::string& path,
                const std::function<void(const Json& object, const std::string& place)>& use) {
  std::ifstream file;
  StandardInput buffer;
  std::istream standard(&buffer);
  std::istream* stream = &standard;
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
