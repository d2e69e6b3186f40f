#include "model/config.h"

#include "tests/fuzz/input.h"

using namespace hone;

// config.json is refused, or what was understood of it can be written and is understood again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder, again;
  tests::put(folder.path() / "config.json", data, size);
  bool accepted = false;
  model::ModelConfig config;
  tests::read([&] {
    config = model::read_config(folder.path());
    accepted = true;
  });
  if (!accepted) return 0;
  // From here on nothing may be refused.
  if (config.num_parameters() <= 0) __builtin_trap();
  model::write_config(config, again.path());
  const model::ModelConfig read = model::read_config(again.path());
  if (read.num_parameters() != config.num_parameters() || read.model_type != config.model_type ||
      read.rope.rope_theta != config.rope.rope_theta ||
      read.eos_token_ids != config.eos_token_ids) {
    __builtin_trap();
  }
  return 0;
}
