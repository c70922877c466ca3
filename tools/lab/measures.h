#pragma once
#include <map>
#include <string>
#include <vector>

#include "tools/lab/repeats.h"
#include "tools/lab/subject.h"
#include "tools/lab/token_classes.h"

namespace gradus::lab {

/// What natural text shows of every head: N windows of T tokens, L layers of H heads. Maps are read once and not kept.
struct Measures {
  std::vector<std::string> layers;
  Integrity integrity;
  double loss = 0;  ///< in nats per token
  std::map<std::string, Tensor>
      scores;          ///< by the key of score_table(), [N, L, H]; those that natural text decides
  Tensor offsets;      ///< [N, L, H, D], the stripes 0 ... D - 1 tokens back
  Tensor columns;      ///< [N, L, H, T]
  Tensor classes;      ///< [N, L, H, C], the weight on each class of tokens
  Tensor class_share;  ///< [N, C], what an even spread puts there
  Tensor profile;      ///< [L, H, T], the mean offset profile
  Tensor divergence;   ///< [L H, L H], between maps row by row
};
Measures measure(const Subject& subject, const Tensor& windows, const std::vector<TokenClass>& classes);

/// What repeated random blocks show, for one block length.
struct RepeatMeasures {
  Repeats repeats;
  Tensor induction, control,
      duplicate;  ///< [N, L, H]; control: the same positions in tokens that do not repeat
  Tensor gain;    ///< [N], the loss on the first copy less that on the next
};
/// For each of several block lengths that fit the context and the vocabulary; none where fewer than two do.
std::vector<RepeatMeasures> measure_repeats(const Subject& subject, std::int64_t start, std::uint64_t seed);

}  // namespace gradus::lab
