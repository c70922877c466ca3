#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/lab/analysis.h"

namespace gradus::lab {

/// The model as it was at some moment of its training.
struct Moment {
  std::int64_t step = 0;
  std::function<Subject()> model;
};

/// What an analysis is made from.
struct Material {
  Subject subject;
  std::optional<Subject> untrained;     ///< the same model before it learned anything
  std::vector<std::string> vocabulary;  ///< every token's bytes, by id
  std::int64_t start = -1;              ///< the id that texts begin with; -1: none
  Tensor windows;                       ///< [N, T], text that the model did not learn from
  Tensor reference;                     ///< [M, T], other text: its mean outputs stand for removed heads
  std::vector<std::vector<std::int64_t>> texts;  ///< those to show, each of 3 tokens or more
  std::vector<Moment> moments;  ///< earlier ones, in order; none: nothing is said of training
  std::uint64_t seed = 1;
  bool evidence = true;  ///< remove heads and cut connections, which runs the model for every one of them
  bool study = true;     ///< cut the connections of the texts: T (T + 1) / 2 runs for a text of T tokens
};

/// `tell` hears what is being done, in a few words.
Analysis analyse(const Material& material, const std::function<void(const std::string&)>& tell = {});

/// The maps of a text, what the model expects after each token, and the attention rollout.
ShownText shown(const Material& material, const std::vector<std::int64_t>& ids);

}  // namespace gradus::lab
