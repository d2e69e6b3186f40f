#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hone::model {

/// Writes a file of these parts, one after another, and fsyncs it; an existing one is emptied first
/// (write_file_atomic keeps the old one until then).
/// Throws: DataError if the file cannot be written whole.
void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts);
void write_file(const std::filesystem::path& path, std::string_view text);

/// Reads a whole file. Throws: DataError if there is none or it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace hone::model
