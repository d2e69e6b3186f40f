// Runs a fuzz target on every file of the folders named: what libFuzzer does, without clang.
#include <cstdint>
#include <filesystem>
#include <iostream>

#include "model/file_io.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::exists(argv[i])) continue;  // no regressions yet
    for (const auto& item : std::filesystem::directory_iterator(argv[i])) {
      const std::string bytes = hone::model::read_file(item.path());
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++count;
    }
  }
  std::cout << "All tests passed (" << count << " assertions in 1 test case)\n";
  return count > 0 ? 0 : 1;
}
