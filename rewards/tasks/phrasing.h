#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rewards/tasks/common.h"

namespace hone::rewards {

/// The ways in which a family asks in plain English. Each is a whole prompt with blanks (`{a}`),
/// and says what form the answer has.
using Phrasings = std::span<const std::string_view>;

/// What a blank of this name is filled in with.
using Blank = std::pair<std::string_view, std::string>;

/// The phrasing that comes up at this number, its blanks filled in. Numbers that follow each other
/// go through all phrasings, as often through each.
/// Throws: std::logic_error for a blank that nothing was given for.
std::string phrased(Phrasings phrasings, std::uint64_t number, const std::vector<Blank>& blanks);

/// The text between `PREFIX` and the end mark of a problem's short form.
/// Throws: std::invalid_argument where the short form does not begin with it.
std::string question_of(const Task& task, const TaskProblem& problem, std::string_view prefix);

/// The same behind `NAME:`.
std::string question_of(const Task& task, const TaskProblem& problem);

/// Arithmetic as it is written by hand: `3*(7-2)=15` as `3 * (7 - 2) = 15`, `5--3=8` as
/// `5 - (-3) = 8`.
std::string spaced(std::string_view arithmetic);

/// `1 day`, `40 days`.
std::string counted(std::int64_t count, std::string_view noun);

/// `a`, `a and b`, `a, b and c`.
std::string listed(const std::vector<std::string>& items);
std::string listed(const std::vector<std::int64_t>& numbers);

/// Each occurrence of `from` replaced.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

/// The characters of a word, one by one: `a p p l e`.
std::string spelled(std::string_view word);

/// Adds a sentence to a chain of thought: `12 + 5 = 17. 17 - 3 = 14.`
template <class... Parts>
void say(std::string& think, const Parts&... parts) {
  if (!think.empty()) think += ' ';
  think += concat(parts..., '.');
}

}  // namespace hone::rewards
