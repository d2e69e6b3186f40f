#include "model/tokenizer.h"
#include "tests/fuzz/input.h"

using namespace hone;

// A tokenizer.json is refused, or turns any text into ids that it can turn back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  static const std::string text =
      "The 12  cats' \xc3\xa9\xcc\x81 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x99\x82\n\t</s> \xff";
  tests::put(folder.path() / "tokenizer.json", data, size);
  tests::read([&] {
    const auto tokenizer = model::load_tokenizer(folder.path());
    const auto ids = tokenizer->encode(text, true);
    for (const std::int32_t id : ids) {
      if (id < 0 || id >= tokenizer->vocab_size()) __builtin_trap();
    }
    tokenizer->decode(ids);
  });
  return 0;
}
