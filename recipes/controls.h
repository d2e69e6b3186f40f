#pragma once

#include "recipes/recipe.h"

namespace hone::recipes {

/// Writes controls out: for each word in `controls` of a grpo stage, an ordinary stage `STAGE-WORD`
/// right after it, from the same start.
///   random     the stage with a coin as its reward
///   shuffled   the stage, each problem judged by the answer of another one
///   format     the stage with the `format` reward alone
///   sft        more of the supervised learning that the start came from, as long as the stage
///   trained
/// The stage's own `controls` are empty afterwards: a recipe is expanded once, and what is dumped
/// has the stages. Their `stream` depends on their stage's and on the word alone, so that they
/// change no other stage's results, and no other control's.
/// Throws: RecipeError for an unknown word or one that stands twice, a name that is taken, and a
/// control that the stage's own settings rule out.
Recipe expand_controls(const Recipe& recipe, Places& places);

}  // namespace hone::recipes
