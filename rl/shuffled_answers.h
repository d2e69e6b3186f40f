#pragma once

#include <memory>

#include "rollout/problems.h"

namespace hone::rl {

/// The same problems in the same order, each with the answer and the metadata of another one: of
/// the next in the source's order. A control: what a model gains here, it does not gain from right
/// answers. Of a file the next is that of the first epoch, the last one's being the first, so that
/// a problem keeps its wrong answer and every answer is used once; of problems without end, those
/// with the same prompt are passed over. Two problems may have equal answers: passing these over
/// too would tell the model which answers are wrong.
/// Throws: DataError for a file with one problem; at() where 1000 problems have the same prompt.
std::shared_ptr<const rollout::ProblemSource> shuffle_answers(
    std::shared_ptr<const rollout::ProblemSource> source);

}  // namespace hone::rl
