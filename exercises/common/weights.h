#pragma once
// What attention weights tell about the way they were made, whatever the values are.
#include <cstdint>
#include <optional>

#include "exercises/common/array.h"

namespace gradus::exercises {

/// By which number were scores divided? For one query and two keys, q (k_j - k_l) / ln(A_ij / A_il); the
/// median over all such pairs, and how many lie within 1 % of it. None when there is no agreement.
struct Divisor {
  double value;
  std::int64_t agreeing, pairs;
};
std::optional<Divisor> effective_divisor(const Array& weights, const Array& q, const Array& k);

/// Fails with cause "scale", "scale-axis" (d_k was read from another axis) or "scale-zero" (all weights are equal) and the
/// evidence unless the scores were divided by sqrt(d_k). Queries and keys are random.
void expect_scale(const Array& weights, const Array& q, const Array& k, std::int64_t model_width = 0);

/// Fails unless every row of the weights [B, Tq, Tk] sums to 1: with cause "softmax-axis" when the columns
/// do, or with what else is known.
void expect_rows_sum_to_one(const Array& weights);

}  // namespace gradus::exercises
