#pragma once
// What attention weights tell about the mask they were made with.
#include "exercises/common/array.h"

namespace gradus::exercises {

/// Fails unless every weight that the mask blocks is exactly 0, the rows sum to 1, and no NaN is among them; with the
/// cause that the weights betray: the mask ignored, multiplied, a finite number, after the softmax, inverted,
/// transposed, on the first item only.
///   weights [B, Tq, Tk] of the learner, scores [B, Tq, Tk] as they are before the mask, mask [Tq, Tk] of 0 and -inf
void expect_masked(const Array& weights, const Array& scores, const Array& mask);

}  // namespace gradus::exercises
