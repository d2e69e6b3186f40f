#include "model/sentencepiece_model.h"

#include "tests/fuzz/input.h"

using namespace hone;

// A tokenizer.model is refused, or its pieces hold no more than its bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tests::read([&] {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::size_t total = 0;
    for (const auto& piece : model::parse_sentencepiece(bytes, "tokenizer.model").pieces) {
      total += piece.text.size();
      if (static_cast<int>(piece.kind) < 1 || static_cast<int>(piece.kind) > 6) __builtin_trap();
    }
    if (total > size) __builtin_trap();
  });
  return 0;
}
