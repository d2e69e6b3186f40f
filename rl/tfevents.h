#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "model/posix_file.h"
#include "rl/stage.h"

namespace hone::rl {

// TensorBoard's event file: records of a length, its checksum, an Event protobuf and its checksum.
// Source: tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto.
// Written by hand: the protobuf library and TensorFlow's schemas would be a hundred times this
// code.

/// CRC-32C (Castagnoli), as every record carries it, masked.
std::uint32_t crc32c(std::string_view data);

/// The record that a file starts with. `wall_time` in seconds since 1970.
std::string version_record(double wall_time);

/// A record of a step's scalars, each tag a metric's name.
std::string scalars_record(double wall_time, std::int64_t step, const Metrics& metrics);

/// A record that makes TensorBoard forget what earlier files say of `step` and the steps after it.
std::string restart_record(double wall_time, std::int64_t step);

/// An event file being written.
class EventFile {
 public:
  /// Opens a new events.out.tfevents.* file in the folder. The name sorts after those there
  /// already: TensorBoard reads a folder's files in order of name.
  explicit EventFile(const std::filesystem::path& folder);
  /// Throws: DataError if the disk is full.
  void append(const std::string& record);

 private:
  std::filesystem::path path_;
  model::Fd fd_;
};

}  // namespace hone::rl
