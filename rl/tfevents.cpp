#include "rl/tfevents.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>

namespace hone::rl {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "events.out.tfevents.";

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) ? 0x82f63b78u : 0u);
    table[i] = c;
  }
  return table;
}();

std::uint32_t masked_crc(std::string_view data) {
  const std::uint32_t c = crc32c(data);
  return ((c >> 15) | (c << 17)) + 0xa282ead8u;
}

void put_fixed(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

// Protobuf: a field is its number and wire type, then its value.
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

void put_key(std::string& out, int field, WireType type) {
  put_varint(out, static_cast<std::uint64_t>(field << 3 | type));
}

void put_bytes(std::string& out, int field, std::string_view bytes) {
  put_key(out, field, kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

/// Event {1: double wall_time, 2: int64 step, ...}
std::string event_head(double wall_time, std::int64_t step) {
  std::string event;
  put_key(event, 1, kFixed64);
  put_fixed(event, std::bit_cast<std::uint64_t>(wall_time), 8);
  if (step != 0) {
    put_key(event, 2, kVarint);
    put_varint(event, static_cast<std::uint64_t>(step));
  }
  return event;
}

std::string frame(std::string_view data) {
  std::string record;
  put_fixed(record, data.size(), 8);
  put_fixed(record, masked_crc(record), 4);
  record += data;
  put_fixed(record, masked_crc(data), 4);
  return record;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

fs::path new_name(const fs::path& folder) {
  auto seconds = static_cast<std::int64_t>(now());
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::int64_t taken = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), taken);
    seconds = std::max(seconds, taken + 1);
  }
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  return folder / (std::string(kPrefix) + std::to_string(seconds) + "." + host + "." +
                   std::to_string(::getpid()) + ".hone");
}

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  std::uint32_t c = 0xffffffffu;
  for (const char ch : data) c = (c >> 8) ^ kCrcTable[(c ^ static_cast<unsigned char>(ch)) & 0xff];
  return c ^ 0xffffffffu;
}

std::string version_record(double wall_time) {
  std::string event = event_head(wall_time, 0);
  put_bytes(event, 3, "brain.Event:2");
  return frame(event);
}

std::string scalars_record(double wall_time, std::int64_t step, const Metrics& metrics) {
  // Event {5: Summary {1: repeated Value {1: string tag, 2: float simple_value}}}
  std::string summary;
  for (const auto& [name, number] : metrics) {
    std::string value;
    put_bytes(value, 1, name);
    put_key(value, 2, kFixed32);
    put_fixed(value, std::bit_cast<std::uint32_t>(static_cast<float>(number)), 4);
    put_bytes(summary, 1, value);
  }
  std::string event = event_head(wall_time, step);
  put_bytes(event, 5, summary);
  return frame(event);
}

std::string restart_record(double wall_time, std::int64_t step) {
  // Event {7: SessionLog {1: status START = 1}}
  std::string log;
  put_key(log, 1, kVarint);
  put_varint(log, 1);
  std::string event = event_head(wall_time, step);
  put_bytes(event, 7, log);
  return frame(event);
}

EventFile::EventFile(const fs::path& folder)
    : path_(new_name(folder)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666)) {
  if (!fd_) model::throw_errno(path_, "write", errno);
  append(version_record(now()));
}

void EventFile::append(const std::string& record) {
  if (const int error = model::write_all(fd_.get(), record)) {
    model::throw_errno(path_, "write", error);
  }
}

}  // namespace hone::rl
