#include "rollout/engine.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <span>
#include <utility>

#include "model/activations.h"
#include "model/decode.h"
#include "model/error.h"
#include "model/kernels/attention.h"
#include "model/kv_cache.h"
#include "model/side_by_side.h"

namespace hone::rollout {
namespace {

using model::kernels::blocks_for;
using model::kernels::kBlockTokens;

/// A prompt that is in the cache, or on its way there, with samples that have not begun.
struct Prompt {
  std::size_t request = 0;
  std::int64_t filled = 0;  // tokens run through the model
  std::vector<std::int32_t> blocks;
  std::deque<Rollout*> waiting;  // with their first tokens drawn, once it is filled
};

/// A completion under way, or waiting for room with its first token drawn.
struct Row {
  Rollout* rollout = nullptr;
  std::int32_t next = 0;             // token to be run through the model
  std::vector<std::int32_t> blocks;  // one reference each
};

/// Tokens that all prompts begin with, such as a chat template's system message, without the last
/// token of any: what is drawn first goes by it. 0 where they fill no block of the cache.
std::int64_t beginning_of_all(std::span<const Request> requests) {
  if (requests.size() < 2) return 0;
  const std::vector<std::int32_t>& first = requests.front().prompt;
  auto end = first.end() - 1;
  for (const Request& request : requests.subspan(1)) {
    end = std::mismatch(first.begin(), end, request.prompt.begin(), request.prompt.end() - 1).first;
  }
  const std::int64_t common = end - first.begin();
  return common >= kBlockTokens ? common : 0;
}

/// Continuous batching of one call's requests. A prompt that comes in beside others has room in the
/// cache for all its samples, so that only the first may wait for rows under way: nothing can wait
/// for ever.
class Generation {
 public:
  Generation(const model::Decoder& decoder, std::span<const Request> requests,
             const EngineConfig& config);
  std::vector<Rollout> run();

 private:
  std::int64_t limit(std::size_t request) const;  // tokens a completion may have
  std::int64_t own_blocks(std::size_t request) const;
  std::int64_t prompt_blocks(std::size_t request) const;
  void keep_activations(const model::ModelConfig& model);
  std::int64_t blocks_awaited() const;
  bool finished(const Rollout& rollout) const;
  std::vector<std::int32_t> begin_with(const std::vector<std::int32_t>& blocks, std::int64_t tokens,
                                       std::int64_t more);
  void run_beginning();
  void admit();
  void start_waiting();
  void step();
  void draw_first_tokens(const Prompt& prompt, const float* logits);
  void draw(Rollout& rollout, float* logits);

  const std::span<const Request> requests_;
  const EngineConfig& config_;
  const std::int64_t vocab_size_;
  const std::int64_t context_;
  std::vector<Rollout> rollouts_;
  std::vector<std::size_t> first_rollout_;  // of each request
  std::int64_t longest_ = 1;
  std::int64_t beginning_ = 0;  // tokens that all prompts begin with and that are run once
  std::vector<std::int32_t> beginning_blocks_;
  std::unique_ptr<model::KvCache> cache_;
  std::unique_ptr<model::DecodeEngine> engine_;
  std::size_t next_request_ = 0;
  std::deque<Prompt> prompts_;
  std::vector<Row> rows_;
  std::vector<model::DecodeRow> batch_;
};

Generation::Generation(const model::Decoder& decoder, std::span<const Request> requests,
                       const EngineConfig& config)
    : requests_(requests),
      config_(config),
      vocab_size_(decoder.config.vocab_size),
      context_(decoder.config.max_position_embeddings) {
  const model::ModelConfig& c = decoder.config;
  // Kept activations are of whole prompts.
  const bool keep = config.max_activation_bytes > 0 && model::ActivationLayout::covers(c);
  if (!keep) beginning_ = beginning_of_all(requests);
  std::int64_t all_blocks = blocks_for(beginning_);
  std::int64_t largest_need = 0;
  std::int64_t total_rows = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::int64_t length = static_cast<std::int64_t>(requests[i].prompt.size());
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
    largest_need = std::max(largest_need, prompt_blocks(i) + own_blocks(i));
    all_blocks += prompt_blocks(i) + own_blocks(i) * requests[i].samples;
    total_rows += std::max(length, requests[i].samples);
  }
  if (keep) keep_activations(c);
  const std::int64_t affordable =
      config.max_cache_bytes / model::KvCache::block_bytes(c, config.kv_type);
  cache_ = std::make_unique<model::KvCache>(
      c, std::max(blocks_for(beginning_) + largest_need, std::min(all_blocks, affordable)),
      config.kv_type);
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

/// Blocks of a prompt beside those whole ones that all prompts begin with.
std::int64_t Generation::prompt_blocks(std::size_t request) const {
  const std::int64_t length = static_cast<std::int64_t>(requests_[request].prompt.size());
  return blocks_for(length) - beginning_ / kBlockTokens;
}

/// Room for the activations of as many requests as may have it.
void Generation::keep_activations(const model::ModelConfig& model) {
  const model::ActivationLayout layout(model);
  std::int64_t left = config_.max_activation_bytes / layout.token_bytes();  // tokens
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const auto prompt = static_cast<std::int64_t>(requests_[i].prompt.size());
    const std::int64_t own = limit(i) - 1;
    left -= prompt + own * requests_[i].samples;
    if (left < 0) return;
    const auto shared = std::make_shared<model::Activations>(layout, prompt);
    for (std::int64_t s = 0; s < requests_[i].samples; ++s) {
      Rollout& rollout = rollouts_[first_rollout_[i] + static_cast<std::size_t>(s)];
      rollout.prompt_activations = shared;
      rollout.activations = std::make_shared<model::Activations>(layout, own);
    }
  }
}

/// Blocks that samples which have not begun will take.
std::int64_t Generation::blocks_awaited() const {
  std::int64_t blocks = 0;
  for (const Prompt& prompt : prompts_) {
    blocks += own_blocks(prompt.request) * static_cast<std::int64_t>(prompt.waiting.size());
  }
  return blocks;
}

bool Generation::finished(const Rollout& rollout) const {
  const auto& ends = config_.end_ids;
  if (!config_.sampling.ignore_eos &&
      std::find(ends.begin(), ends.end(), rollout.tokens.back()) != ends.end()) {
    return true;
  }
  return rollout.completion_length() >= config_.sampling.max_new_tokens ||
         static_cast<std::int64_t>(rollout.tokens.size()) >= context_;
}

std::vector<Rollout> Generation::run() {
  run_beginning();
  while (true) {
    start_waiting();
    admit();
    if (rows_.empty() && prompts_.empty()) break;
    if (config_.stop != nullptr && config_.stop->load()) throw Stopped{};
    step();
  }
  return std::move(rollouts_);
}

/// References to the whole ones of the blocks that hold `tokens` tokens, a copy of the partial one,
/// and empty blocks: `more` new blocks in all.
std::vector<std::int32_t> Generation::begin_with(const std::vector<std::int32_t>& blocks,
                                                 std::int64_t tokens, std::int64_t more) {
  const std::int64_t whole = tokens / kBlockTokens;
  std::vector<std::int32_t> own(blocks.begin(), blocks.begin() + whole);
  for (const std::int32_t block : own) cache_->retain(block);
  for (std::int64_t b = 0; b < more; ++b) own.push_back(cache_->allocate());
  if (tokens % kBlockTokens != 0) cache_->copy(blocks[whole], own[whole]);
  return own;
}

/// Runs what all prompts begin with through the model, for the cache alone.
void Generation::run_beginning() {
  beginning_blocks_ = begin_with({}, 0, blocks_for(beginning_));
  for (std::int64_t position = 0; position < beginning_;) {
    batch_.clear();
    for (; position < beginning_ && static_cast<std::int64_t>(batch_.size()) < config_.max_rows;
         ++position) {
      batch_.push_back({requests_.front().prompt[position], static_cast<std::int32_t>(position),
                        beginning_blocks_.data()});
    }
    engine_->step(batch_, *cache_, [](std::size_t, float*) {});
  }
}

void Generation::admit() {
  std::int64_t room = config_.max_rows - static_cast<std::int64_t>(rows_.size());
  for (const Prompt& prompt : prompts_) {
    room -= static_cast<std::int64_t>(requests_[prompt.request].prompt.size()) - prompt.filled;
  }
  while (next_request_ < requests_.size() && room > 0) {
    const Request& request = requests_[next_request_];
    const std::int64_t length = static_cast<std::int64_t>(request.prompt.size());
    const std::int64_t begun = prompts_.empty() ? 1 : request.samples;
    const std::int64_t need = prompt_blocks(next_request_) + own_blocks(next_request_) * begun;
    if (cache_->num_free() - blocks_awaited() < need) return;
    Prompt& prompt = prompts_.emplace_back();
    prompt.request = next_request_;
    prompt.filled = beginning_;
    prompt.blocks = begin_with(beginning_blocks_, beginning_, prompt_blocks(next_request_));
    for (std::int64_t i = 0; i < request.samples; ++i) {
      prompt.waiting.push_back(&rollouts_[first_rollout_[next_request_] + i]);
    }
    room -= length - beginning_;
    ++next_request_;
  }
}

void Generation::start_waiting() {
  std::erase_if(prompts_, [&](Prompt& prompt) {
    const std::vector<std::int32_t>& tokens = requests_[prompt.request].prompt;
    if (prompt.filled < static_cast<std::int64_t>(tokens.size())) return false;
    const std::int64_t own = own_blocks(prompt.request);
    while (!prompt.waiting.empty() && static_cast<std::int64_t>(rows_.size()) < config_.max_rows &&
           cache_->num_free() >= own) {
      Rollout* rollout = prompt.waiting.front();
      prompt.waiting.pop_front();
      rows_.push_back(
          {rollout, rollout->tokens.back(), begin_with(prompt.blocks, prompt.filled, own)});
    }
    if (!prompt.waiting.empty()) return false;
    for (const std::int32_t block : prompt.blocks) cache_->release(block);
    return true;
  });
}

void Generation::step() {
  batch_.clear();
  for (const Row& row : rows_) {
    const std::int32_t position = static_cast<std::int32_t>(row.rollout->tokens.size()) - 1;
    batch_.push_back({row.next, position, row.blocks.data(), true, row.rollout->activations.get(),
                      position - row.rollout->prompt_length});
  }
  std::vector<std::pair<std::size_t, Prompt*>> filled;  // by the row of the prompt's last token
  for (Prompt& prompt : prompts_) {
    const std::vector<std::int32_t>& tokens = requests_[prompt.request].prompt;
    const std::int64_t length = static_cast<std::int64_t>(tokens.size());
    if (prompt.filled == length) continue;  // its samples wait for room
    const std::int64_t room = config_.max_rows - static_cast<std::int64_t>(batch_.size());
    const std::int64_t end = std::min(length, prompt.filled + room);
    model::Activations* const kept =
        rollouts_[first_rollout_[prompt.request]].prompt_activations.get();
    for (; prompt.filled < end; ++prompt.filled) {
      batch_.push_back({tokens[prompt.filled], static_cast<std::int32_t>(prompt.filled),
                        prompt.blocks.data(), prompt.filled == length - 1, kept, prompt.filled});
    }
    if (prompt.filled == length) filled.emplace_back(batch_.size() - 1, &prompt);
  }
  engine_->step(batch_, *cache_, [&](std::size_t index, float* logits) {
    if (index < rows_.size()) return draw(*rows_[index].rollout, logits);
    const auto prompt = std::find_if(filled.begin(), filled.end(),
                                     [&](const auto& entry) { return entry.first == index; });
    draw_first_tokens(*prompt->second, logits);
  });
  std::erase_if(rows_, [&](Row& row) {
    row.next = row.rollout->tokens.back();
    if (!finished(*row.rollout)) return false;
    for (const std::int32_t block : row.blocks) cache_->release(block);
    return true;
  });
  for (const auto& [row, prompt] : filled) {
    std::erase_if(prompt->waiting, [&](Rollout* rollout) { return finished(*rollout); });
  }
}

/// All samples of a prompt begin with the same logits.
void Generation::draw_first_tokens(const Prompt& prompt, const float* logits) {
  std::vector<float> copy(vocab_size_);
  for (Rollout* rollout : prompt.waiting) {
    std::copy(logits, logits + vocab_size_, copy.begin());
    draw(*rollout, copy.data());
  }
}

void Generation::draw(Rollout& rollout, float* logits) {
  StreamKey key = config_.key;
  key.prompt = rollout.problem;
  key.sample = static_cast<std::uint64_t>(rollout.sample);
  const std::uint64_t position = static_cast<std::uint64_t>(rollout.completion_length());
  SamplingConfig sampling = config_.sampling;
  sampling.greedy = sampling.greedy || rollout.sample >= config_.greedy_from;
  const SampledToken drawn = sample_token(logits, vocab_size_, sampling, uniform_at(key, position));
  rollout.tokens.push_back(drawn.token);
  rollout.logprobs.push_back(drawn.logprob);
  if (rollout.activations != nullptr) rollout.activations->softmaxes.push_back(drawn.softmax);
}

/// Throws: DataError for a prompt that cannot be completed.
void check_prompts(const std::vector<Request>& requests, const model::ModelConfig& model) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string place = "prompt " + std::to_string(i + 1);
    const auto length = static_cast<std::int64_t>(requests[i].prompt.size());
    if (length == 0) throw DataError(place, "at least one token", "none");
    if (length >= model.max_position_embeddings) {
      throw DataError(place,
                      "fewer tokens than the model's context of " +
                          std::to_string(model.max_position_embeddings),
                      std::to_string(length));
    }
    for (const std::int32_t id : requests[i].prompt) {
      if (id < 0 || id >= model.vocab_size) {
        throw DataError(place,
                        "ids below the vocabulary's size of " + std::to_string(model.vocab_size),
                        std::to_string(id));
      }
    }
  }
}

/// The requests in as many parts as there are threads, which share what all may use.
std::vector<Rollout> generate_side_by_side(const model::Decoder& decoder,
                                           const std::vector<Request>& requests,
                                           const EngineConfig& config, int threads) {
  EngineConfig share = config;
  share.max_rows = std::max<std::int64_t>(1, config.max_rows / threads);
  share.max_cache_bytes = config.max_cache_bytes / threads;
  share.max_activation_bytes = config.max_activation_bytes / threads;
  std::vector<Rollout> all;
  const auto run = [&](std::int64_t part) {
    const c10::InferenceMode no_gradients;
    const model::Range own =
        model::range_of(part, threads, static_cast<std::int64_t>(requests.size()));
    return Generation(decoder, std::span(requests).subspan(own.begin, own.end - own.begin), share)
        .run();
  };
  model::side_by_side(threads, threads, run, [&](std::int64_t, std::vector<Rollout> part) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  });
  return all;
}

}  // namespace

std::vector<Rollout> generate(const model::Decoder& decoder, const std::vector<Request>& requests,
                              const EngineConfig& config) {
  if (requests.empty()) return {};
  check_prompts(requests, decoder.config);
  const int threads =
      model::fits_a_core(decoder)
          ? static_cast<int>(std::min<std::size_t>(at::get_num_threads(), requests.size()))
          : 1;
  std::vector<Rollout> rollouts = generate_side_by_side(decoder, requests, config, threads);
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
    requests.push_back(
        {tokenizer.encode_prompt(problems.back().prompt, problems.back().chat), samples, number});
  }
  std::vector<Rollout> rollouts = generate(decoder, requests, config);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    Rollout& rollout = rollouts[i];
    const Problem& problem = problems[i / samples];
    rollout.prompt = problem.prompt;
    rollout.chat = problem.chat;
    rollout.answer = problem.answer;
    rollout.metadata = problem.metadata;
    const auto end = rollout.tokens.end() - (rollout.finish == Finish::kStop ? 1 : 0);
    rollout.completion =
        model::decode_drawn(tokenizer, {rollout.tokens.begin() + rollout.prompt_length, end});
  }
  return rollouts;
}

}  // namespace hone::rollout
