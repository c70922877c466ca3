#pragma once
#include <optional>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// What a wrong result has in common with the right one: the mistakes that are made again and again leave the
/// right values behind, only scaled, moved or added up.
struct Resemblance {
  enum class How {
    zero,        ///< 0 everywhere
    sign,        ///< -expected
    factor,      ///< factor * expected
    reshaped,    ///< the expected values in their order, in another shape
    transposed,  ///< factor * expected with `axis` and `other_axis` exchanged
    misread,     ///< the values of that in its memory order, in the expected shape: a reshape is no transpose
    reversed,    ///< expected from back to front along `axis`
    shifted,     ///< expected moved along `axis`, what leaves at one end entering at the other
    permuted,    ///< expected in another order along `axis`
    reordered,   ///< the expected values in some other order
    summed,      ///< the sum of expected over `axis`, which is gone, or along which it is repeated
    averaged,    ///< the mean over `axis`, likewise
    respread     ///< other values with the same total: as after a sum over the wrong axis
  };
  How how;
  double factor = 1;
  int axis = -1, other_axis = -1;
  std::string sentence;  ///< what to say of the result: "is what is expected with axes 0 and 1 exchanged"
};

/// The simplest resemblance of `got` to `expected`, floating tensors of any shape; none when the two are equal, when
/// one is not finite, and when nothing is found.
///   tolerance: of the largest difference, over the largest value
/// A factor is told from chance by three values or more, or by being an integer, a root or the inverse of one.
std::optional<Resemblance> resemblance(const Tensor& got, const Tensor& expected, double tolerance = 1e-6);

}  // namespace gradus
