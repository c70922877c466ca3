// Each row is the one before it, turned by the pair's frequency: no angle is
// ever computed.
#include <cmath>
#include <string>
#include <vector>

#include "exercise.h"

namespace gradus::exercises {

Tensor positional_encoding(std::int64_t length, std::int64_t d) {
  if (d % 2) fail(std::to_string(d) + " is odd: one sine would lack its cosine");
  std::vector<float> values(static_cast<std::size_t>(length * d));
  for (std::int64_t c = 0; c < d; c += 2) {
    const double frequency = std::exp(-std::log(10000.0) * static_cast<double>(c) / static_cast<double>(d));
    const double step_sin = std::sin(frequency), step_cos = std::cos(frequency);
    double s = 0, k = 1;
    for (std::int64_t p = 0; p < length; ++p) {
      const auto at = static_cast<std::size_t>(p * d + c);
      values[at] = static_cast<float>(s);
      values[at + 1] = static_cast<float>(k);
      const double turned = s * step_cos + k * step_sin;
      k = k * step_cos - s * step_sin;
      s = turned;
    }
  }
  return tensor(values, {length, d});
}

}  // namespace gradus::exercises
