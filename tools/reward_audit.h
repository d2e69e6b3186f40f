#pragma once

namespace CLI {
class App;
}

namespace hone::tools {

/// `hone reward audit`, a sub-command of `reward`.
CLI::App* add_reward_audit(CLI::App& reward);

}  // namespace hone::tools
