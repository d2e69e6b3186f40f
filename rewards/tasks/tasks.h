#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "rewards/tasks/addition.h"
#include "rewards/tasks/base_conversion.h"
#include "rewards/tasks/basic_arithmetic.h"
#include "rewards/tasks/binary_matrix.h"
#include "rewards/tasks/caesar_cipher.h"
#include "rewards/tasks/calendar_arithmetic.h"
#include "rewards/tasks/chain_sum.h"
#include "rewards/tasks/countdown.h"
#include "rewards/tasks/decimal_arithmetic.h"
#include "rewards/tasks/fraction_simplification.h"
#include "rewards/tasks/game_of_life.h"
#include "rewards/tasks/gcd.h"
#include "rewards/tasks/knights_knaves.h"
#include "rewards/tasks/lastdigit.h"
#include "rewards/tasks/lcm.h"
#include "rewards/tasks/letter_counting.h"
#include "rewards/tasks/mini_sudoku.h"
#include "rewards/tasks/n_queens.h"
#include "rewards/tasks/number_sequence.h"
#include "rewards/tasks/number_sorting.h"
#include "rewards/tasks/parity.h"
#include "rewards/tasks/polynomial_equations.h"
#include "rewards/tasks/prime_factorization.h"
#include "rewards/tasks/propositional_logic.h"
#include "rewards/tasks/puzzle24.h"
#include "rewards/tasks/shortest_path.h"
#include "rewards/tasks/simple_equations.h"
#include "rewards/tasks/spell_backward.h"
#include "rewards/tasks/string_manipulation.h"
#include "rewards/tasks/syllogism.h"
#include "rewards/tasks/task.h"
#include "rewards/tasks/time_intervals.h"
#include "rewards/tasks/word_sorting.h"
#include "rewards/tasks/zebra_puzzles.h"

namespace hone::rewards {

/// Every task there is.
using TaskConfig = std::variant<
    LastdigitConfig, AdditionConfig, ParityConfig, SpellBackwardConfig, NumberSortingConfig,
    CountdownConfig, Puzzle24Config, ChainSumConfig, BasicArithmeticConfig, DecimalArithmeticConfig,
    FractionSimplificationConfig, GcdConfig, LcmConfig, PrimeFactorizationConfig,
    BaseConversionConfig, SimpleEquationsConfig, PolynomialEquationsConfig, NumberSequenceConfig,
    CalendarArithmeticConfig, TimeIntervalsConfig, LetterCountingConfig, WordSortingConfig,
    CaesarCipherConfig, StringManipulationConfig, BinaryMatrixConfig, GameOfLifeConfig,
    ShortestPathConfig, NQueensConfig, MiniSudokuConfig, KnightsKnavesConfig, ZebraPuzzlesConfig,
    PropositionalLogicConfig, SyllogismConfig>;

/// Throws: std::invalid_argument for settings that contradict each other.
std::unique_ptr<Task> make_task(const TaskConfig& config);

/// A task by its name, with a JSON object of settings, or null.
/// Throws: std::invalid_argument for an unknown name or setting, with what is known.
TaskConfig task_config_by_name(std::string_view name, const nlohmann::json& config);
std::unique_ptr<Task> task_by_name(std::string_view name, const nlohmann::json& config);

/// "lastdigit, addition, parity, ...".
std::string task_names();

}  // namespace hone::rewards
