#include "rollout/engine.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "model/decode.h"
#include "model/error.h"
#include "model/kernels/attention.h"
#include "model/kv_cache.h"

namespace hone::rollout {
namespace {

using model::kernels::blocks_for;
using model::kernels::kBlockTokens;

/// A prompt that is in the cache, or on its way there.
struct Prompt {
  std::size_t request = 0;
  std::int64_t filled = 0;  // tokens run through the model
  std::vector<std::int32_t> blocks;
};

/// A completion under way, or waiting for room with its first token drawn.
struct Row {
  Rollout* rollout = nullptr;
  std::int32_t next = 0;             // token to be run through the model
  std::vector<std::int32_t> blocks;  // one reference each
};

/// Continuous batching of one call's requests. At most one prompt at a time is being filled or
/// still has samples waiting, so the rest of the cache always drains and nothing can wait for ever.
class Generation {
 public:
  Generation(const model::Decoder& decoder, const std::vector<Request>& requests,
             const EngineConfig& config);
  std::vector<Rollout> run();

 private:
  std::int64_t limit(std::size_t request) const;  // tokens a completion may have
  std::int64_t own_blocks(std::size_t request) const;
  void admit();
  void start_waiting();
  void step();
  void draw(Rollout& rollout, float* logits);

  const std::vector<Request>& requests_;
  const EngineConfig& config_;
  const std::int64_t vocab_size_;
  const std::int64_t context_;
  std::vector<Rollout> rollouts_;
  std::vector<std::size_t> first_rollout_;  // of each request
  std::int64_t longest_ = 1;
  std::unique_ptr<model::KvCache> cache_;
  std::unique_ptr<model::DecodeEngine> engine_;
  std::size_t next_request_ = 0;
  std::optional<Prompt> prompt_;
  std::deque<Rollout*> waiting_;
  std::vector<Row> rows_;
};

Generation::Generation(const model::Decoder& decoder, const std::vector<Request>& requests,
                       const EngineConfig& config)
    : requests_(requests),
      config_(config),
      vocab_size_(decoder.config.vocab_size),
      context_(decoder.config.max_position_embeddings) {
  std::int64_t all_blocks = 0;
  std::int64_t largest_need = 0;
  std::int64_t total_rows = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::int64_t length = static_cast<std::int64_t>(requests[i].prompt.size());
    const std::string place = "prompt " + std::to_string(i + 1);
    if (length == 0) throw DataError(place, "at least one token", "none");
    if (length >= context_) {
      throw DataError(place, "fewer tokens than the model's context of " + std::to_string(context_),
                      std::to_string(length));
    }
    for (const std::int32_t id : requests[i].prompt) {
      if (id < 0 || id >= vocab_size_) {
        throw DataError(place, "ids below the vocabulary's size of " + std::to_string(vocab_size_),
                        std::to_string(id));
      }
    }
    first_rollout_.push_back(rollouts_.size());
    for (std::int64_t s = 0; s < requests[i].samples; ++s) {
      Rollout rollout;
      rollout.problem = requests[i].number;
      rollout.sample = static_cast<std::int32_t>(s);
      rollout.tokens = requests[i].prompt;
      rollout.prompt_length = static_cast<std::int32_t>(length);
      rollouts_.push_back(std::move(rollout));
    }
    longest_ = std::max(longest_, length + limit(i));
    largest_need = std::max(largest_need, blocks_for(length) + own_blocks(i));
    all_blocks += blocks_for(length) + own_blocks(i) * requests[i].samples;
    total_rows += std::max(length, requests[i].samples);
  }
  const model::ModelConfig& c = decoder.config;
  const std::int64_t affordable =
      config.max_cache_bytes / model::KvCache::block_bytes(c, config.kv_type);
  cache_ = std::make_unique<model::KvCache>(
      c, std::max(largest_need, std::min(all_blocks, affordable)), config.kv_type);
  engine_ = std::make_unique<model::DecodeEngine>(decoder, longest_,
                                                  std::min(config.max_rows, total_rows));
}

std::int64_t Generation::limit(std::size_t request) const {
  const std::int64_t room = context_ - static_cast<std::int64_t>(requests_[request].prompt.size());
  return std::min(config_.sampling.max_new_tokens, room);
}

std::int64_t Generation::own_blocks(std::size_t request) const {
  const std::int64_t length = static_cast<std::int64_t>(requests_[request].prompt.size());
  return blocks_for(length + limit(request)) - length / kBlockTokens;
}

std::vector<Rollout> Generation::run() {
  while (true) {
    start_waiting();
    admit();
    if (rows_.empty() && !prompt_) break;
    if (config_.stop != nullptr && config_.stop->load()) throw Stopped{};
    step();
  }
  return std::move(rollouts_);
}

void Generation::admit() {
  if (prompt_ || next_request_ == requests_.size()) return;
  const std::int64_t length = static_cast<std::int64_t>(requests_[next_request_].prompt.size());
  if (cache_->num_free() < blocks_for(length) + own_blocks(next_request_)) return;
  if (static_cast<std::int64_t>(rows_.size()) >= config_.max_rows) return;
  prompt_ = Prompt{next_request_++, 0, {}};
  for (std::int64_t b = 0; b < blocks_for(length); ++b)
    prompt_->blocks.push_back(cache_->allocate());
}

void Generation::start_waiting() {
  while (!waiting_.empty() && static_cast<std::int64_t>(rows_.size()) < config_.max_rows &&
         cache_->num_free() >= own_blocks(prompt_->request)) {
    Rollout* rollout = waiting_.front();
    waiting_.pop_front();
    const std::int64_t shared = rollout->prompt_length / kBlockTokens;
    Row row{rollout, rollout->tokens.back(), {}};
    for (std::int64_t b = 0; b < shared; ++b) {
      row.blocks.push_back(prompt_->blocks[b]);
      cache_->retain(prompt_->blocks[b]);
    }
    for (std::int64_t b = 0; b < own_blocks(prompt_->request); ++b) {
      row.blocks.push_back(cache_->allocate());
    }
    if (rollout->prompt_length % kBlockTokens != 0) {
      cache_->copy(prompt_->blocks[shared], row.blocks[shared]);
    }
    rows_.push_back(std::move(row));
  }
  const bool filled = prompt_ && prompt_->filled == static_cast<std::int64_t>(
                                                        requests_[prompt_->request].prompt.size());
  if (filled && waiting_.empty()) {
    for (const std::int32_t block : prompt_->blocks) cache_->release(block);
    prompt_.reset();
  }
}

void Generation::step() {
  std::vector<model::DecodeRow> batch;
  for (const Row& row : rows_) {
    const std::int32_t position = static_cast<std::int32_t>(row.rollout->tokens.size()) - 1;
    batch.push_back({row.next, position, row.blocks.data(), true});
  }
  std::size_t prompt_row = batch.size();
  if (prompt_) {
    const std::vector<std::int32_t>& tokens = requests_[prompt_->request].prompt;
    const std::int64_t length = static_cast<std::int64_t>(tokens.size());
    const std::int64_t room = config_.max_rows - static_cast<std::int64_t>(batch.size());
    const std::int64_t end = std::min(length, prompt_->filled + room);
    for (; prompt_->filled < end; ++prompt_->filled) {
      batch.push_back({tokens[prompt_->filled], static_cast<std::int32_t>(prompt_->filled),
                       prompt_->blocks.data(), prompt_->filled == length - 1});
    }
  }
  engine_->step(batch, *cache_, [&](std::size_t index, float* logits) {
    if (index < prompt_row) return draw(*rows_[index].rollout, logits);
    std::vector<float> copy(vocab_size_);
    for (std::int64_t s = 0; s < requests_[prompt_->request].samples; ++s) {
      std::copy(logits, logits + vocab_size_, copy.begin());
      draw(rollouts_[first_rollout_[prompt_->request] + s], copy.data());
    }
  });
  const auto finished = [&](const Rollout& rollout) {
    if (!config_.sampling.ignore_eos && std::find(config_.end_ids.begin(), config_.end_ids.end(),
                                                  rollout.tokens.back()) != config_.end_ids.end()) {
      return true;
    }
    const std::int64_t length = static_cast<std::int64_t>(rollout.tokens.size());
    return rollout.completion_length() >= config_.sampling.max_new_tokens || length >= context_;
  };
  std::erase_if(rows_, [&](Row& row) {
    row.next = row.rollout->tokens.back();
    if (!finished(*row.rollout)) return false;
    for (const std::int32_t block : row.blocks) cache_->release(block);
    return true;
  });
  if (prompt_ && batch.size() > prompt_row && batch.back().wants_logits) {
    for (std::int64_t s = 0; s < requests_[prompt_->request].samples; ++s) {
      Rollout& rollout = rollouts_[first_rollout_[prompt_->request] + s];
      if (!finished(rollout)) waiting_.push_back(&rollout);
    }
  }
}

void Generation::draw(Rollout& rollout, float* logits) {
  StreamKey key = config_.key;
  key.prompt = rollout.problem;
  key.sample = static_cast<std::uint64_t>(rollout.sample);
  const std::uint64_t position = static_cast<std::uint64_t>(rollout.completion_length());
  const SampledToken drawn =
      sample_token(logits, vocab_size_, config_.sampling, uniform_at(key, position));
  rollout.tokens.push_back(drawn.token);
  rollout.logprobs.push_back(drawn.logprob);
}

}  // namespace

std::vector<Rollout> generate(const model::Decoder& decoder, const std::vector<Request>& requests,
                              const EngineConfig& config) {
  if (requests.empty()) return {};
  const c10::InferenceMode no_gradients;
  std::vector<Rollout> rollouts = Generation(decoder, requests, config).run();
  for (Rollout& rollout : rollouts) {
    const bool ended = std::find(config.end_ids.begin(), config.end_ids.end(),
                                 rollout.tokens.back()) != config.end_ids.end();
    rollout.finish = ended && !config.sampling.ignore_eos ? Finish::kStop : Finish::kLength;
  }
  return rollouts;
}

std::vector<Rollout> generate_for_problems(const model::Decoder& decoder,
                                           const model::Tokenizer& tokenizer,
                                           const ProblemSource& source, std::uint64_t first,
                                           std::int64_t count, std::int64_t samples,
                                           const EngineConfig& config) {
  std::vector<Request> requests;
  std::vector<Problem> problems;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t number = first + static_cast<std::uint64_t>(i);
    problems.push_back(source.at(number));
    requests.push_back({tokenizer.encode(problems.back().prompt, true), samples, number});
  }
  std::vector<Rollout> rollouts = generate(decoder, requests, config);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    Rollout& rollout = rollouts[i];
    const Problem& problem = problems[i / samples];
    rollout.prompt = problem.prompt;
    rollout.answer = problem.answer;
    rollout.metadata = problem.metadata;
    const auto end = rollout.tokens.end() - (rollout.finish == Finish::kStop ? 1 : 0);
    rollout.completion = tokenizer.decode({rollout.tokens.begin() + rollout.prompt_length, end});
  }
  return rollouts;
}

}  // namespace hone::rollout
