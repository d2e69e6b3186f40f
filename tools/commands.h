#pragma once

namespace CLI {
class App;
}

namespace hone::tools {

// Each adds its sub-command, with help and examples, to the app; the command runs when it is
// chosen. Errors leave as exceptions: main() alone turns them into messages and exit statuses.

void add_run(CLI::App& app);
void add_eval(CLI::App& app);
void add_generate(CLI::App& app);
void add_score(CLI::App& app);
void add_reward(CLI::App& app);
void add_loss(CLI::App& app);
void add_tokenize(CLI::App& app);
void add_data(CLI::App& app);
void add_bench(CLI::App& app);
void add_report(CLI::App& app);
void add_inspect(CLI::App& app);
void add_export(CLI::App& app);

/// All of them, in the order that `hone --help` shows.
void add_commands(CLI::App& app);

}  // namespace hone::tools
