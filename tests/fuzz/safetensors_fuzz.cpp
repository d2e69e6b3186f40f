#include "model/safetensors.h"

#include "tests/fuzz/input.h"

using namespace hone;

// A file is refused, or every byte of every tensor can be read and the sizes agree.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  const auto path = folder.path() / "model.safetensors";
  tests::put(path, data, size);
  tests::read([&] {
    const model::SafetensorsFile file(path);
    std::size_t total = 0;
    unsigned sum = 0;
    for (const auto& [name, tensor] : file.tensors()) {
      std::size_t bytes = model::dtype_size(tensor.dtype);
      for (const auto length : tensor.shape) bytes *= static_cast<std::size_t>(length);
      if (bytes != tensor.bytes.size()) __builtin_trap();
      for (const std::byte byte : tensor.bytes) sum += static_cast<unsigned>(byte);
      model::release_pages(tensor.bytes);
      total += bytes;
    }
    if (total > size || (sum != 0 && total == 0)) __builtin_trap();
  });
  return 0;
}
