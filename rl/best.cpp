#include "rl/best.h"

#include <array>
#include <cstdio>
#include <fstream>

#include "model/checkpoint.h"
#include "model/durable.h"
#include "model/error.h"

namespace hone::rl {
namespace {

namespace fs = std::filesystem;

fs::path best_folder(const fs::path& stage_folder) { return stage_folder / "checkpoints" / "best"; }

}  // namespace

bool take_look(BestLook& best, double pass_at_1, std::int64_t step) {
  if (pass_at_1 > best.pass_at_1) {
    best = {.pass_at_1 = pass_at_1, .step = step};
    return true;
  }
  ++best.since;
  return false;
}

std::string ending_note(const BestLook& best, double pass_at_1, std::int64_t step, double reward) {
  const bool falls = pass_at_1 < best.pass_at_1 && reward > best.reward;
  std::array<char, 300> text{};
  std::snprintf(text.data(), text.size(),
                "%s after step %lld: pass@1 was %.3f after step %lld and is %.3f now, %lld %s "
                "later; the reward was %.3f then and is %.3f now",
                falls ? "held-out accuracy falls while the reward rises: stopped"
                      : "no better on held-out problems: stopped",
                static_cast<long long>(step), best.pass_at_1, static_cast<long long>(best.step),
                pass_at_1, static_cast<long long>(best.since), best.since == 1 ? "look" : "looks",
                best.reward, reward);
  return text.data();
}

void save_best(const fs::path& stage_folder, const Policy& policy, std::int64_t step) {
  const fs::path target = best_folder(stage_folder);
  fs::create_directories(target.parent_path());
  model::write_folder(target, [&](const fs::path& folder) {
    model::save_decoder(policy.decoder, folder);
    policy.tokenizer->save(folder);
    model::write_file_atomic(folder / "step.txt", std::to_string(step) + "\n");
  });
}

Policy load_best(const fs::path& stage_folder, std::int64_t step) {
  const fs::path folder = best_folder(stage_folder);
  model::remove_leftovers(folder.parent_path());
  model::check_folder(folder);
  std::int64_t found = -1;
  std::ifstream(folder / "step.txt") >> found;
  if (found != step) {
    throw DataError(folder.string(), "the weights after step " + std::to_string(step),
                    "those after step " + std::to_string(found));
  }
  return load_policy(folder);
}

}  // namespace hone::rl
