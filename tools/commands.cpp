#include "tools/commands.h"

namespace hone::tools {

void add_commands(CLI::App& app) {
  add_run(app);
  add_eval(app);
  add_generate(app);
  add_score(app);
  add_reward(app);
  add_loss(app);
  add_tokenize(app);
  add_data(app);
  add_bench(app);
  add_report(app);
  add_inspect(app);
  add_export(app);
}

}  // namespace hone::tools
