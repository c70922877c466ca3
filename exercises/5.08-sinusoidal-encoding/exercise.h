#pragma once
#include "exercises/common/elements.h"
#include "exercises/common/todo.h"
#include "gradus/base/error.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// Row p tells position p: sin(w_i p) in column 2i and cos(w_i p) in column 2i + 1, with w_i = 1 / 10000^(2i / d).
///   ->  [length, d]        Error where d is odd
Tensor positional_encoding(std::int64_t length, std::int64_t d);

}  // namespace gradus::exercises
