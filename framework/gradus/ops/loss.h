#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

enum class Reduction { mean, sum, none };

struct CrossEntropyOptions {
  std::int64_t ignore_index = -100;  ///< targets of this value count neither in the loss nor in the mean
  double label_smoothing = 0;
  Reduction reduction = Reduction::mean;
};

/// -log softmax(logits)[target], from the logits, without keeping probabilities. If every target is ignored
/// the mean is 0.
///   logits [..., V], targets int64 [...]  ->  0-dim, or [...] without reduction
///   dlogits = dy (softmax(logits) - onehot) / n
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, CrossEntropyOptions options = {});

/// (prediction - target)^2; the shapes must be equal: they do not broadcast here, where it is nearly always a
/// mistake.
///   dprediction = 2 dy (prediction - target) / n
Tensor mse_loss(const Tensor& prediction, const Tensor& target, Reduction reduction = Reduction::mean);

namespace composed {
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, CrossEntropyOptions options = {});
}

}  // namespace gradus
