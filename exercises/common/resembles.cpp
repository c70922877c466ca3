#include "exercises/common/resembles.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/autograd/resemblance.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {
namespace {

const char* cause_of(Resemblance::How how) {
  using How = Resemblance::How;
  switch (how) {
    case How::zero: return "zero";
    case How::sign: return "sign";
    case How::factor: return "factor";
    case How::transposed: return "transposed";
    case How::reshaped:
    case How::misread: return "transpose-as-reshape";
    case How::reversed:
    case How::shifted:
    case How::permuted:
    case How::reordered: return "order";
    case How::summed:
    case How::averaged: return "summed";
    case How::respread: break;
  }
  return "";
}

}  // namespace

std::optional<Cause> explain_by_resemblance(const Array& got, const Array& expected,
                                            const std::vector<KnownFactor>& factors) {
  using How = Resemblance::How;
  const auto found = resemblance(gradus::tensor(got.values, got.shape),
                                 gradus::tensor(expected.values, expected.shape), tolerance);
  // Weights that add up to 1 keep a total whatever else is wrong with them: that proves nothing here.
  if (!found || found->how == How::respread) return {};
  if (found->how == How::factor)
    for (const KnownFactor& known : factors)
      if (std::abs(found->factor - known.value) <= 1e-4 * std::abs(known.value))
        return Cause{"scale",
                     fmt::format("is {:.2f} times what is expected: {}", found->factor, known.meaning)};
  return Cause{cause_of(found->how), found->sentence};
}

}  // namespace gradus::exercises
