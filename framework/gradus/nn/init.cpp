#include "gradus/nn/init.h"

#include <cmath>

#include "gradus/tensor/creation.h"

namespace gradus::nn {

Tensor initialised(const Init& init, const Shape& shape, std::int64_t inputs) {
  switch (init.kind) {
    case Init::Kind::zeros: return zeros(shape);
    case Init::Kind::normal: return gradus::normal(shape, 0, init.deviation);
    case Init::Kind::fan_in: break;
  }
  const double bound = 1 / std::sqrt(static_cast<double>(inputs));
  return uniform(shape, -bound, bound);
}

}  // namespace gradus::nn
