#pragma once
#include <cstdint>

#include "exercises/common/elements.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// The variance of n dot products of a query and a key, each pair drawn afresh, with d entries from N(0, 1).
double dot_product_variance(std::int64_t d, std::int64_t n);

/// The mean entropy, in nats, of n rows of attention weights: the softmax of the scores of a query with `keys` keys, all
/// drawn afresh for each row, with d entries from N(0, 1). Scores are divided by sqrt(d) if `scaled`.
double mean_entropy(std::int64_t d, std::int64_t keys, bool scaled, std::int64_t n);

}  // namespace gradus::exercises
