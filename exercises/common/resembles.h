#pragma once
// What the framework's gradcheck recognises too - a constant factor, the sign, exchanged axes, a wrong axis - told in
// the words of the checks.
#include <optional>
#include <string>
#include <vector>

#include "exercises/common/oracle.h"

namespace gradus::exercises {

/// A factor that means something in an exercise, and what: {sqrt(d_k), "the division by sqrt(d_k) is missing"}.
struct KnownFactor {
  double value;
  std::string meaning;
};

/// Of a wrong result: how it resembles the right one, as a predicate ("is 2.65 times what is expected: the ..."), if
/// it does. The cause is "scale" for a known factor, otherwise "factor", "sign", "zero", "transposed",
/// "transpose-as-reshape", "order" or "summed".
std::optional<Cause> explain_by_resemblance(const Array& got, const Array& expected,
                                            const std::vector<KnownFactor>& factors = {});

}  // namespace gradus::exercises
