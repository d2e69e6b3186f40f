// Each family's answers, found again from the prompt alone in another way.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

template <class Config, class Check>
void each(const Config& config, Check check, std::uint64_t count = 500) {
  const auto task = make_task(config);
  for (std::uint64_t i = 0; i < count; ++i) {
    Random random{63, i};
    const TaskProblem problem = task->generate(random);
    const auto colon = problem.prompt.find(':');
    INFO(problem.prompt);
    check(*task, problem, problem.prompt.substr(colon + 1, problem.prompt.size() - colon - 2));
  }
}

double score(const Task& task, const TaskProblem& problem, const std::string& answer) {
  return task.verify(sample_of(problem, answer)).value;
}

/// Calls `use` with every text that puts letters of `alphabet` for each `hole`.
template <class Use>
void each_filling(std::string text, char hole, const std::string& alphabet, Use use) {
  const auto at = text.find(hole);
  if (at == std::string::npos) return use(text);
  for (const char c : alphabet) {
    text[at] = c;
    each_filling(text, hole, alphabet, use);
  }
}

bool is_sudoku(const Grid& rows) {
  std::map<std::string, std::set<char>> groups;
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      const char digit = rows[row][column];
      groups["r" + std::to_string(row)].insert(digit);
      groups["c" + std::to_string(column)].insert(digit);
      groups["q" + std::to_string(row / 2 * 2 + column / 2)].insert(digit);
    }
  }
  for (const auto& [name, digits] : groups) {
    if (digits != std::set<char>{'1', '2', '3', '4'}) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("rows are read with / or lines, and without what stands between cells") {
  CHECK(read_rows("12/34") == Grid{"12", "34"});
  CHECK(read_rows(" 1 2\n3, 4 \n") == Grid{"12", "34"});
  CHECK(read_rows("1") == Grid{"1"});
  CHECK(read_rows("1//2") == Grid{"1", "", "2"});
}

TEST_CASE("distances to the nearest zero") {
  each(BinaryMatrixConfig{},
       [](const Task& task, const TaskProblem& problem, const std::string& question) {
         const Grid rows = read_rows(question), answer = read_rows(problem.answer);
         for (std::size_t r = 0; r < rows.size(); ++r) {
           for (std::size_t c = 0; c < rows.size(); ++c) {
             // Nothing is in the way, so it is as many rows and columns as they are apart.
             long nearest = 100;
             for (std::size_t y = 0; y < rows.size(); ++y) {
               for (std::size_t x = 0; x < rows.size(); ++x) {
                 const long apart = std::labs(long(r) - long(y)) + std::labs(long(c) - long(x));
                 if (rows[y][x] == '0') nearest = std::min(nearest, apart);
               }
             }
             REQUIRE(answer[r][c] == static_cast<char>('0' + nearest));
           }
         }
         REQUIRE(score(task, problem, question) == 0);
       });
}

TEST_CASE("the game of life") {
  each(GameOfLifeConfig{.max_steps = 3},
       [](const Task&, const TaskProblem& problem, const std::string& question) {
         int steps = std::stoi(question);
         Grid grid = read_rows(question.substr(2));
         const long size = static_cast<long>(grid.size());
         for (; steps > 0; --steps) {
           // The living tell their neighbours.
           std::vector<int> told(grid.size() * grid.size());
           for (long r = 0; r < size; ++r) {
             for (long c = 0; c < size; ++c) {
               if (grid[std::size_t(r)][std::size_t(c)] == '0') continue;
               for (long y = r - 1; y <= r + 1; ++y) {
                 for (long x = c - 1; x <= c + 1; ++x) {
                   if (y != r || x != c)
                     ++told[std::size_t((y + size) % size * size + (x + size) % size)];
                 }
               }
             }
           }
           for (std::size_t i = 0; i < told.size(); ++i) {
             char& cell = grid[i / grid.size()][i % grid.size()];
             cell = told[i] == 3 || (told[i] == 2 && cell == '1') ? '1' : '0';
           }
         }
         REQUIRE(grid_text(grid) == problem.answer);
       });
}

TEST_CASE("shortest paths: each of them, and none that is longer") {
  int several = 0;
  each(
      ShortestPathConfig{},
      [&](const Task& task, const TaskProblem& problem, const std::string& question) {
        const Grid rows = read_rows(question);
        // How many ways there are to each cell in so many steps, until there is one to the goal.
        std::map<Cell, int> ways;
        for (std::size_t r = 0; r < rows.size(); ++r) {
          if (rows[r].find('S') != std::string::npos) ways[{r, rows[r].find('S')}] = 1;
        }
        std::size_t steps = 0;
        int to_goal = 0;
        for (; to_goal == 0 && steps < 100; ++steps) {
          std::map<Cell, int> next;
          for (const auto& [cell, count] : ways) {
            for (const Cell& other : neighbours(rows, cell)) {
              if (rows[other.first][other.second] != '#') next[other] += count;
            }
          }
          for (const auto& [cell, count] : next) {
            if (rows[cell.first][cell.second] == 'G') to_goal = count;
          }
          ways = std::move(next);
        }
        REQUIRE(problem.answer.size() == steps);
        if (steps <= 6) {
          int right = 0;
          each_filling(std::string(steps, '?'), '?', "UDLR",
                       [&](const std::string& path) { right += score(task, problem, path) == 1; });
          REQUIRE(right == to_goal);
          several += right > 1;
        }
        REQUIRE(score(task, problem, problem.answer + "UD") == 0);
        REQUIRE(score(task, problem, "UD" + problem.answer) == 0);
        REQUIRE(score(task, problem, problem.answer.substr(1)) == 0);
        std::string spaced;
        for (const char c : problem.answer) spaced += std::string(spaced.empty() ? "" : ", ") + c;
        REQUIRE(score(task, problem, spaced) == 1);
      },
      100);
  CHECK(several > 5);
}

TEST_CASE("queens: every placement that keeps what is given") {
  each(
      NQueensConfig{.min_size = 5, .max_size = 6, .min_removed = 3, .max_removed = 4},
      [](const Task& task, const TaskProblem& problem, const std::string& question) {
        const std::size_t size = split_list(question, ',').size();
        int right = 0;
        each_filling(
            question, '?', std::string("123456").substr(0, size), [&](const std::string& text) {
              std::set<long> columns, up, down;
              long row = 0;
              for (const auto item : split_list(text, ',')) {
                const long column = std::stol(std::string(item));
                columns.insert(column);
                up.insert(column + row);
                down.insert(column - row);
                ++row;
              }
              const bool free = columns.size() == size && up.size() == size && down.size() == size;
              REQUIRE(score(task, problem, text) == free);
              right += free;
            });
        REQUIRE(right >= 1);
      },
      60);
  const TaskProblem problem{"?", "1,5,8,6,3,7,2,4", R"({"given":[1,0,0,6,0,0,2,4]})"};
  const auto task = make_task(NQueensConfig{});
  CHECK(score(*task, problem, "1, 5, 8, 6, 3, 7, 2, 4") == 1);
  for (const char* wrong :
       {"1,?,?,6,?,?,2,4", "2,4,6,8,3,1,7,5", "1,5,8,6,3,7,2", "1,5,8,6,3,7,2,4,1",
        "1,5,8,6,3,7,2,44", "0,5,8,6,3,7,2,4", "[1,5,8,6,3,7,2,4]"}) {
    CHECK(score(*task, problem, wrong) == 0);
  }
}

TEST_CASE("mini sudoku: every completion that keeps what is given") {
  int several = 0;
  each(
      MiniSudokuConfig{.min_empty = 5, .max_empty = 6},
      [&](const Task& task, const TaskProblem& problem, const std::string& question) {
        int right = 0;
        each_filling(question, '.', "1234", [&](const std::string& text) {
          const bool good = is_sudoku(read_rows(text));
          if (good || right == 0) REQUIRE(score(task, problem, text) == good);
          right += good;
        });
        REQUIRE(right >= 1);
        several += right > 1;
        REQUIRE(score(task, problem, question) == 0);
      },
      40);
  CHECK(several > 0);
  each(MiniSudokuConfig{},
       [](const Task& task, const TaskProblem& problem, const std::string& question) {
         REQUIRE(is_sudoku(read_rows(problem.answer)));
         // Any other board is right exactly if it keeps the givens.
         Random random{7};
         for (int i = 0; i < 20; ++i) {
           const std::string other = task.generate(random).answer;
           bool keeps = true;
           for (std::size_t at = 0; at < question.size(); ++at)
             keeps = keeps && (question[at] == '.' || question[at] == other[at]);
           REQUIRE(score(task, problem, other) == keeps);
         }
       });
}
