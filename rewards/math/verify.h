#pragma once

#include <string>
#include <string_view>

#include "rewards/math/compare.h"
#include "rewards/math/gold.h"
#include "rewards/math/locate.h"
#include "rewards/reward.h"

namespace hone::rewards::math {

/// A reference answer. Made by read_gold only, so that it cannot be mistaken for a prediction.
struct Gold {
  std::string text;
  Expr expr;            // null for words, and where the text could not be read as a formula
  std::string problem;  // why it cannot serve; empty where it can
  GoldType type = GoldType::kLatex;
};

Gold read_gold(std::string_view text, GoldType type);

/// What a completion answers: `text` is its final part, after the reasoning.
struct Prediction {
  std::string text;
  Expr expr;            // null where it could not be read
  std::string problem;  // nothing found, or more work than the budget allows
  bool exhausted = false;
};

Prediction read_prediction(std::string_view text, const LocateOptions& options, GoldType type);

struct Verdict {
  Status status = Status::kWrong;
  std::string_view method;
};

/// Does the prediction give the gold answer? kAbstain where the budget does not suffice or points
/// of evaluation say nothing. Pure; the same on every machine.
Verdict verify(const Gold& gold, const Prediction& prediction, const CompareOptions& options);

}  // namespace hone::rewards::math
