#pragma once
#include <cstdint>
#include <vector>

#include "exercises/common/elements.h"
#include "exercises/common/least_squares.h"
#include "exercises/common/offset_task.h"
#include "exercises/common/tiny.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

/// How many weights multi-head attention has, biases not counted: every head has projections of its own from the d_model
/// numbers of a token to d_k numbers of a query, a key and a value; one projection leads from all heads' outputs, side
/// by side, back to d_model.
std::int64_t parameter_count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k);

/// What heads lose of two tokens that are to be copied: the token just before, and the one before that.
/// Each head hands over one mixture of the K tokens, all mixtures lie side by side, and the best linear readout
/// (least_squares) makes the two tokens from them. The result is the sum of squared errors of both tokens, divided by the
/// sum of squares of both: 0 when nothing is lost.
///   windows [N, K, d]: N times the K tokens before a position, the nearest first;  patterns [heads, K]: head h gives
///   token k the weight patterns[h, k]
double copy_loss(const Tensor& windows, const Tensor& patterns);

/// The smallest copy_loss of one head over a grid of patterns: a on the first token, b on the second, the rest spread evenly
/// over the other K - 2 (K >= 3), for all multiples a and b of 1 / steps with a + b <= 1.
double best_of_one_head(const Tensor& windows, std::int64_t steps);

/// What a head may do, by the keys that each query looks at.
enum class Role {
  previous,    ///< the token just before: j = i - 1
  first,       ///< the first token: j = 0
  current,     ///< itself: j = i
  same_token,  ///< earlier copies of the same token: j < i, tokens[j] == tokens[i]
  induction,   ///< what followed an earlier copy: j <= i, tokens[j - 1] == tokens[i]
  uniform,     ///< everything so far, evenly
};

/// How much a head's weights look like a role, between 0 and 1. Row = query i, column = key j; the first two rows see too
/// little to tell roles apart, so rows count from i = 2.
///   uniform: the mean over rows of the entropy, divided by the largest that i + 1 keys allow, ln(i + 1).
///   others:  the mean weight on the role's keys, summed where a row has several; rows that have none do not count, and
///            the score is 0 when no row counts.
///   weights [T, T], causal;  tokens: T of them
double role_score(Role role, const Tensor& weights, const std::vector<std::int64_t>& tokens);

/// A Tiny of this many heads after `steps` steps of training on fresh batches of offset_task: its first readout learns to
/// name the previous token, its second the one before that.   vocab 12, length 12, width 24
Tiny trained_copier(std::int64_t heads, int steps);

}  // namespace gradus::exercises
