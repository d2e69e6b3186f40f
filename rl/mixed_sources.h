#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/error.h"
#include "rollout/mixture.h"

namespace hone::rl {

/// The sources of a mixture, problems or texts, by pointers of whatever kind, with the order in
/// which they are gone through.
template <class Source>
class MixedSources {
 public:
  /// Opens each of a recipe's `mix` by `open(source, seed)`, the seed being its own.
  /// Throws: DataError for weights that make no mixture.
  template <class Weighted, class Open>
  MixedSources(const std::vector<Weighted>& mix, std::uint64_t seed, Open open)
      : sources_(opened(mix, seed, open)), mixture_(mixture_of(mix, seed)) {}

  rollout::Mixture::Place at(std::uint64_t position) const { return mixture_.at(position); }
  const Source& operator[](std::size_t source) const { return sources_[source]; }
  const std::vector<Source>& all() const { return sources_; }

  /// The first position where a source begins again; 0 if none ever does.
  std::uint64_t size() const {
    std::vector<std::uint64_t> sizes;
    for (const Source& source : sources_) sizes.push_back(source->size());
    return mixture_.size(sizes);
  }
  std::string place(std::uint64_t position) const {
    const auto [source, index] = mixture_.at(position);
    return sources_[source]->place(index);
  }

 private:
  template <class Weighted, class Open>
  static std::vector<Source> opened(const std::vector<Weighted>& mix, std::uint64_t seed,
                                    Open open) {
    std::vector<Source> sources;
    for (const Weighted& source : mix) {
      sources.push_back(open(source, rollout::source_seed(seed, sources.size())));
    }
    return sources;
  }
  template <class Weighted>
  static rollout::Mixture mixture_of(const std::vector<Weighted>& mix, std::uint64_t seed) {
    std::vector<double> weights;
    for (const Weighted& source : mix) weights.push_back(source.weight);
    try {
      return rollout::Mixture(weights, seed);
    } catch (const std::invalid_argument& error) {
      throw DataError("mix", error.what());
    }
  }

  std::vector<Source> sources_;
  rollout::Mixture mixture_;
};

}  // namespace hone::rl
