#pragma once
#include <cstdint>
#include <vector>

#include "exercises/common/array.h"
#include "exercises/common/tiny.h"

namespace gradus::exercises {

/// A model of one layer with two heads that was trained to name what stood `1` back, or 1 and 2 back by a readout each.
struct Trained {
  Tiny model;
  Examples examples;    ///< that it was not trained on
  Tensor before, maps;  ///< attention [B, H, T, T] before training, and after
  int attempts;         ///< that it took
};
/// One target or two. A run that ends in the one state that it does not leave (both heads look at both places, half and
/// half: 1 run in 40) begins anew.
Trained train_heads(int targets);

/// The share of right answers of each readout, and with each head removed in turn.
struct Removal {
  std::vector<double> whole;  ///< [targets]
  Array without;              ///< [H, targets]
  Array damage;               ///< [H, targets]: by how many nats the loss rises
};
Removal remove_heads(const Trained& trained);

/// The share of right answers for the previous token at position `query`, when no head may look from there at `key`.
double accuracy_with_cut(const Trained& trained, std::int64_t query, std::int64_t key);

}  // namespace gradus::exercises
