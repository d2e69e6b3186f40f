#include "rewards/command/command_reward.h"

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "rewards/command/child.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

using command::Child;
using command::Reply;
using nlohmann::json;

std::string question(const Sample& sample) {
  json metadata = json::parse(sample.metadata, nullptr, false);
  if (!metadata.is_object()) metadata = sample.metadata;
  const json line = {{"prompt", sample.prompt},
                     {"completion", sample.completion},
                     {"answer", sample.answer},
                     {"metadata", metadata}};
  // A model may write bytes that are no text.
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Status> status_by_name(const json& name) {
  for (const Status status :
       {Status::kCorrect, Status::kWrong, Status::kMalformed, Status::kAbstain}) {
    if (name == status_name(status)) return status;
  }
  return std::nullopt;
}

/// Absence: not of the form that is asked for.
std::optional<Score> read_answer(const std::string& text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return std::nullopt;
  const json score = line.value("score", json()), detail = line.value("detail", json(""));
  const json status = line.value("status", json());
  if (!detail.is_string()) return std::nullopt;
  if (status == status_name(Status::kAbstain)) return Score{0, Status::kAbstain, detail};
  if (!score.is_number() || !std::isfinite(score.get<double>())) return std::nullopt;
  const double value = score.get<double>();
  if (status.is_null()) return Score{value, value >= 1 ? Status::kCorrect : Status::kWrong, detail};
  const auto known = status_by_name(status);
  return known ? std::optional(Score{value, *known, detail}) : std::nullopt;
}

Score abstained(const std::string& why) { return {0, Status::kAbstain, why}; }

class CommandReward final : public Reward {
 public:
  explicit CommandReward(const CommandConfig& config)
      : config_(config), free_(static_cast<std::size_t>(config.processes)) {}

  bool runs_programs() const override { return true; }

  Score score(const Sample& sample) const override {
    std::unique_ptr<Child> child = take();
    const struct GiveBack {
      const CommandReward& reward;
      std::unique_ptr<Child>& child;
      ~GiveBack() { reward.give(std::move(child)); }
    } give_back{*this, child};
    return ask(sample, child);
  }

 private:
  /// A running program, or a place for one.
  std::unique_ptr<Child> take() const {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !free_.empty(); });
    std::unique_ptr<Child> child = std::move(free_.back());
    free_.pop_back();
    return child;
  }
  void give(std::unique_ptr<Child> child) const {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(child));  // there is room: it was taken from here
    freed_.notify_one();
  }

  /// Leaves no program in `child` where it must not be asked again.
  Score ask(const Sample& sample, std::unique_ptr<Child>& child) const {
    double seconds = config_.deadline_s;
    if (!child) {
      child = start();
      seconds += config_.start_s;
    }
    const Reply reply = child->ask(question(sample), seconds);
    if (reply.kind == Reply::Kind::kLate) {
      child.reset();
      return abstained("the command took longer than " + json(seconds).dump() + " s");
    }
    const bool is_line = reply.kind == Reply::Kind::kLine;
    const std::optional<Score> answer = is_line ? read_answer(reply.text) : std::nullopt;
    if (answer) {
      deaths_in_a_row(false);
      return *answer;
    }
    child.reset();  // what else it may have written would be taken for later answers
    const std::string why =
        is_line ? R"(the command was to answer {"score": NUMBER, "detail"?, "status"?}, got )" +
                      shown(reply.text)
                : "the command " + reply.text;
    if (deaths_in_a_row(true) < config_.max_deaths) return abstained(why);
    throw CommandError(name() + ": " + why + "; so it went " + std::to_string(config_.max_deaths) +
                       " times in a row");
  }

  std::unique_ptr<Child> start() const {
    try {
      return std::make_unique<Child>(config_.command);
    } catch (const std::system_error& error) {
      throw CommandError(name() + ": cannot be started: " + error.what());
    }
  }

  /// How many there are now.
  std::int64_t deaths_in_a_row(bool one_more) const {
    const std::lock_guard lock(mutex_);
    return deaths_ = one_more ? deaths_ + 1 : 0;
  }

  std::string name() const {
    std::string words;
    for (const std::string& word : config_.command) words += (words.empty() ? "" : " ") + word;
    return "the reward command " + shown(words, 200);
  }

  CommandConfig config_;
  mutable std::mutex mutex_;
  mutable std::condition_variable freed_;
  mutable std::vector<std::unique_ptr<Child>> free_;
  mutable std::int64_t deaths_ = 0;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const CommandConfig& config) {
  if (config.command.empty()) {
    throw std::invalid_argument("command: expected a program and its arguments, got none");
  }
  if (!command::find_executable(config.command[0])) {
    throw std::invalid_argument("command: no program " + shown(config.command[0]) +
                                " that may be run was found");
  }
  return std::make_unique<CommandReward>(config);
}

}  // namespace hone::rewards
