#include <algorithm>
#include <cmath>
#include <vector>

#include "exercise.h"
#include "exercises/common/elements.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const Tensor y = zeros({q.size(0), q.size(1), v.size(2)});
  const Elements query(q), key(k), value(v), out(y);
  std::vector<float> w(static_cast<std::size_t>(k.size(1)));
  for (std::int64_t b = 0; b < q.size(0); ++b)
    for (std::int64_t i = 0; i < q.size(1); ++i) {
      for (std::size_t j = 0; j < w.size(); ++j) {
        w[j] = 0;
        for (std::int64_t c = 0; c < q.size(2); ++c) w[j] += query(b, i, c) * key(b, j, c);
        w[j] /= std::sqrt(static_cast<float>(q.size(2)));
      }
      const float highest = *std::max_element(w.begin(), w.end());
      float total = 0;
      for (float& x : w) total += x = std::exp(x - highest);
      for (std::size_t j = 0; j < w.size(); ++j)
        for (std::int64_t c = 0; c < v.size(2); ++c) out(b, i, c) += w[j] / total * value(b, j, c);
    }
  return y;
}

}  // namespace gradus::exercises
