#include "exercise.h"

#include <cmath>
#include <string>

namespace gradus::exercises {

Tensor positional_encoding(std::int64_t length, std::int64_t d) {
  // <answer> refuse an odd width; a sine and a cosine for each pair of columns
  if (d % 2 != 0) fail("positional_encoding: d must be even, it is " + std::to_string(d));
  const Tensor table = empty({length, d});
  const Elements pe(table);
  for (std::int64_t p = 0; p < length; ++p)
    for (std::int64_t i = 0; i < d / 2; ++i) {
      const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(d);
      const double angle = static_cast<double>(p) / std::pow(10000.0, exponent);
      pe(p, 2 * i) = static_cast<float>(std::sin(angle));
      pe(p, 2 * i + 1) = static_cast<float>(std::cos(angle));
    }
  return table;
  // </answer>
}

}  // namespace gradus::exercises
