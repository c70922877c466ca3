#pragma once
#include "exercises/common/array.h"

namespace gradus::exercises {

/// Fails unless the mask [n, n] is exactly 0 where j <= i and exactly -inf elsewhere, with the cause that its values or
/// the place of its edge betray. n >= 3 tells all causes apart.
void expect_causal(const Array& mask);

}  // namespace gradus::exercises
