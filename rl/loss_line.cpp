#include "rl/loss_line.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "rewards/json_fields.h"
#include "rl/aggregate.h"
#include "rl/policy_loss.h"
#include "rl/presets.h"

namespace hone::rl {
namespace {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

template <class T>
T field(const nlohmann::json& line, const char* key, const char* what) {
  try {
    return line.at(key).get<T>();
  } catch (const nlohmann::json::exception&) {
    throw std::invalid_argument("\"" + std::string(key) + "\": expected " + what);
  }
}

/// A [B][T] field in the shape of `like`.
Rows rows_like(const nlohmann::json& line, const char* key, const Rows& like) {
  Rows rows = field<Rows>(line, key, "a list of rows of numbers");
  bool fits = rows.size() == like.size();
  for (std::size_t i = 0; fits && i < rows.size(); ++i) fits = rows[i].size() == like[i].size();
  if (!fits) {
    throw std::invalid_argument("\"" + std::string(key) + "\": expected the shape of \"logp\"");
  }
  return rows;
}

Rows rows_or(const nlohmann::json& line, const char* key, const Rows& like, const Rows& otherwise) {
  return line.contains(key) ? rows_like(line, key, like) : otherwise;
}

Rows ones_like(const Rows& like) {
  Rows rows;
  for (const Row& row : like) rows.emplace_back(row.size(), 1.0);
  return rows;
}

/// The tokens of a step that take part, packed, row by row.
class Packer {
 public:
  explicit Packer(const Rows& mask) : mask_(mask) {
    for (const Row& row : mask) {
      for (const double m : row) {
        if (m != 0 && m != 1) throw std::invalid_argument("\"mask\": expected 0 or 1");
      }
      lengths_.push_back(std::count(row.begin(), row.end(), 1.0));
    }
  }

  const std::vector<std::int64_t>& lengths() const { return lengths_; }

  std::vector<double> values(const Rows& rows) const {
    std::vector<double> packed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t t = 0; t < rows[i].size(); ++t) {
        if (mask_[i][t] == 1) packed.push_back(rows[i][t]);
      }
    }
    return packed;
  }
  at::Tensor tensor(const Rows& rows) const { return at::tensor(values(rows), at::kDouble); }

  /// One value a row, for each of its tokens.
  at::Tensor spread(const Row& row_values) const {
    std::vector<double> packed;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
      packed.insert(packed.end(), static_cast<std::size_t>(lengths_[i]), row_values[i]);
    }
    return at::tensor(packed, at::kDouble);
  }

  Rows unpack(const at::Tensor& packed) const {
    const double* value = packed.const_data_ptr<double>();
    Rows rows = mask_;
    for (Row& row : rows) {
      for (double& x : row) x = x == 1 ? *value++ : 0.0;
    }
    return rows;
  }

 private:
  const Rows& mask_;
  std::vector<std::int64_t> lengths_;
};

LossPieces pieces_of(const nlohmann::json& line) {
  LossConfig config;
  if (line.contains("config")) rewards::read_config(line.at("config"), config);
  return resolve(config);
}

/// The longest completion there may be, which some losses divide by.
std::int64_t limit_of(const nlohmann::json& line, const Rows& logp, Aggregate aggregate) {
  if (line.contains("max_completion_length")) {
    const auto limit = field<std::int64_t>(line, "max_completion_length", "a whole number");
    if (limit < 1) throw std::invalid_argument("\"max_completion_length\": expected at least 1");
    return limit;
  }
  if (aggregate == Aggregate::kConstant) {
    throw std::invalid_argument("\"max_completion_length\" is missing: this loss divides by it");
  }
  std::size_t longest = 1;
  for (const Row& row : logp) longest = std::max(longest, row.size());
  return static_cast<std::int64_t>(longest);
}

}  // namespace

nlohmann::ordered_json loss_of_line(const nlohmann::json& line) {
  const LossPieces pieces = pieces_of(line);
  const Rows logp = field<Rows>(line, "logp", "a list of rows of numbers");
  const auto advantages = field<Row>(line, "advantages", "a number for each row");
  if (advantages.size() != logp.size()) {
    throw std::invalid_argument("\"advantages\": expected a number for each row of \"logp\"");
  }
  const Rows mask = rows_or(line, "mask", logp, ones_like(logp));
  const Packer packer(mask);
  const std::vector<int> lengths(packer.lengths().begin(), packer.lengths().end());
  const std::vector<double> weights =
      token_weights(lengths, std::vector<bool>(lengths.size(), false), pieces.aggregate,
                    limit_of(line, logp, pieces.aggregate));

  LossInputs in;
  in.lengths = packer.lengths();
  in.logp = packer.tensor(logp).set_requires_grad(true);
  const Rows old_logp = rows_or(line, "old_logp", logp, logp);
  in.old_logp = packer.tensor(old_logp);
  in.sampling_logp = packer.tensor(rows_or(line, "sampling_logp", logp, old_logp));
  if (pieces.kl_in_loss()) in.ref_logp = packer.tensor(rows_like(line, "ref_logp", logp));
  in.advantage = packer.spread(advantages);
  in.weight = packer.spread(weights);
  std::vector<double> entropies;
  if (pieces.needs_entropy() || line.contains("entropy")) {
    const Rows entropy = rows_like(line, "entropy", logp);
    entropies = packer.values(entropy);
    in.entropy = packer.tensor(entropy);
  }
  // An adaptive coefficient counts from the second step on.
  const double coefficient = EntropyControl{pieces.entropy_coef}.applied(pieces);
  const EntropyShare share = entropy_share(pieces, entropies, coefficient);

  const PolicyLoss result = policy_loss(pieces, in, share);
  result.loss.backward();
  nlohmann::ordered_json metrics;
  for (const auto& [name, value] : loss_metrics(pieces, result.sums)) {
    if (name != "loss") metrics[name] = value;
  }
  if (in.entropy.defined()) {
    metrics["entropy"] = result.sums.entropy / std::max(result.sums.tokens, 1.0);
  }
  return {
      {"loss", result.sums.loss}, {"grad", packer.unpack(in.logp.grad())}, {"metrics", metrics}};
}

}  // namespace hone::rl
