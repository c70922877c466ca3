#pragma once
// The gradients of attention from three witnesses that know nothing of each other: loops that follow the derivation, the
// framework's tape, and differences of the forward pass. All in double.
#include <array>

#include "exercises/common/array.h"

namespace gradus::exercises::backward {

/// What attention_backward is given.   q [B, Tq, d_k], k [B, Tk, d_k], v [B, Tk, d_v], dout [B, Tq, d_v];
/// mask [Tq, Tk] of 0 and -inf, or empty
struct Problem {
  Array q, k, v, dout, mask;

  Array weights() const;
};

/// The gradients on the way from dO to dQ and dK, in the order in which one is made from the other.
enum class Step { dv, da, ds, dq, dk };
inline constexpr std::array steps{Step::dv, Step::da, Step::ds, Step::dq, Step::dk};
const char* name_of(Step step);  ///< "dV"

struct Gradients {
  std::array<Array, 5> all;

  Array& operator[](Step step) { return all[static_cast<std::size_t>(step)]; }
  const Array& operator[](Step step) const { return all[static_cast<std::size_t>(step)]; }
};

Gradients by_loops(const Problem& p);
Gradients by_tape(const Problem& p);
/// (L(x + h) - L(x - h)) / 2h for every element, where L = sum of dO O: a loss whose gradient by O is dO.
Gradients by_differences(const Problem& p, double h = 1e-5);

/// x y, x^T y and so on, of every item of the batch; empty when the shapes do not fit.
Array product(const Array& x, bool x_transposed, const Array& y, bool y_transposed, double factor = 1);

}  // namespace gradus::exercises::backward
