#include "model/sentencepiece_model.h"

#include "model/tokenizer.h"
#include "model/utf8.h"
#include "tests/fuzz/input.h"

using namespace hone;

// A tokenizer.model is refused, or its pieces hold no more than its bytes and it turns any text
// into ids that it can turn back. The text is fixed, and then the model's own bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  static const std::string text =
      "The 12  cats' \xc3\xa9\xcc\x81 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x99\x82\n\t</s> \xff\xe4 "
      "aaaaaaaa";
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tests::put(folder.path() / "tokenizer.model", bytes);
  tests::read([&] {
    std::size_t total = 0;
    for (const auto& piece : model::parse_sentencepiece(bytes, "tokenizer.model").pieces) {
      total += piece.text.size();
      if (static_cast<int>(piece.kind) < 1 || static_cast<int>(piece.kind) > 6) __builtin_trap();
    }
    if (total > size) __builtin_trap();
    const auto tokenizer = model::load_tokenizer(folder.path());
    for (const std::string& one : {text, bytes}) {
      for (const auto& ids : {tokenizer->encode(one, true), tokenizer->encode_chat(one)}) {
        for (const std::int32_t id : ids) {
          if (id < 0 || id >= tokenizer->vocab_size()) __builtin_trap();
        }
        if (!model::is_utf8(tokenizer->decode(ids))) __builtin_trap();
      }
    }
  });
  return 0;
}
