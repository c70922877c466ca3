// No loop: all angles at once in float32, [length, d / 2], and their sines and
// cosines side by side.
#include <cmath>
#include <string>

#include "exercise.h"

namespace gradus::exercises {

Tensor positional_encoding(std::int64_t length, std::int64_t d) {
  if (d % 2 == 1) throw Error(Kind::input, "The width must be EVEN: " + std::to_string(d));
  const Tensor position = arange(0, length, 1, Dtype::float32).unsqueeze(1);
  const Tensor pair = arange(0, d, 2, Dtype::float32) / static_cast<double>(d);
  const Tensor angle = position * exp(pair * -std::log(10000.0));
  return stack({sin(angle), cos(angle)}, -1).reshape({length, d});
}

}  // namespace gradus::exercises
