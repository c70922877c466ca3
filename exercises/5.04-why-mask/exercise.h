#pragma once
#include <cstdint>

#include "exercises/common/elements.h"
#include "exercises/common/tiny.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

/// The attention weights when every key that comes after its query has the score `blocked` in place of its own.
///   scores [T, T], row = query, column = key  ->  [T, T]
Tensor masked_weights(const Tensor& scores, double blocked);

/// The largest weight that a query gives to a key after it; 0 when there is none.
///   weights [T, T]
double leak(const Tensor& weights);

/// The mean cross-entropy in nats, over the batch and positions t = 0 ... T - 2, of the logits at position t of the model's
/// output for the *whole* sequences, with the token at t + 1 as target: as in training, where the text is there already.
///   model: ids [B, T] -> logits [B, T, 1, V];   ids int64 [B, T]
double teacher_forced_loss(const Tiny& model, const Tensor& ids);

/// The same mean, but the logits at position t come from the sequences cut off after position t: as in generation, where
/// token t + 1 is not written yet.
double prefix_only_loss(const Tiny& model, const Tensor& ids);

}  // namespace gradus::exercises
