#pragma once

#include <stdexcept>
#include <string>

namespace hone {

/// The user's data is wrong: a checkpoint, a data set, a tokenizer. Ends a command with status 2.
/// what() reads "PLACE: expected EXPECTED, got GOT"; the place is a path, with line, tensor or
/// field.
class DataError : public std::runtime_error {
 public:
  DataError(const std::string& place, const std::string& expected, const std::string& got)
      : std::runtime_error(place + ": expected " + expected + ", got " + got) {}
  DataError(const std::string& place, const std::string& problem)
      : std::runtime_error(place + ": " + problem) {}
};

}  // namespace hone
