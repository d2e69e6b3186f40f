#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hone::rl {

/// The policy loss of numbers, without a model: {"config", "logp", "old_logp"?, "ref_logp"?,
/// "sampling_logp"?, "entropy"?, "mask"?, "advantages", "max_completion_length"?} gives {"loss",
/// "grad", "metrics"}. The line is one whole optimizer step, in double precision; grad is d loss /
/// d logp, 0 at masked tokens, and the entropies are constants. `config` has LossConfig's keys.
///
/// Shapes: logp, old_logp, ref_logp, sampling_logp, entropy, mask, grad [B][T] (rows may differ in
/// length); advantages [B]
/// Throws: std::invalid_argument naming the key.
nlohmann::ordered_json loss_of_line(const nlohmann::json& line);

}  // namespace hone::rl
