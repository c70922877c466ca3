#pragma once
// What attention weights tell about the mask they were made with.
#include <optional>

#include "exercises/common/array.h"
#include "exercises/common/cause.h"

namespace gradus::exercises {

/// Why a mask [n, n] of 0 and -inf is not the causal one, as what holds with it ("every position sees every other: ...").
/// None for the causal one, and for one that is no triangle at all. n >= 3 tells all causes apart.
std::optional<Cause> explain_triangle(const Array& mask);

/// Fails unless every weight that the mask blocks is exactly 0, the rows sum to 1, and no NaN is among them; with the
/// cause that the weights betray: the mask ignored, multiplied, a finite number, after the softmax, inverted,
/// transposed, on the first item only.
///   weights [B, Tq, Tk] of the learner, scores [B, Tq, Tk] as they are before the mask, mask [Tq, Tk] of 0 and -inf
void expect_masked(const Array& weights, const Array& scores, const Array& mask);

}  // namespace gradus::exercises
