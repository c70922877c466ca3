#include "exercises/common/elements.h"

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::exercises {

float& Elements::at(std::initializer_list<std::int64_t> index) const {
  const Shape asked(index);
  if (asked.rank() != x_.dim())
    fail(fmt::format("an element of a tensor of shape {} needs {} indices, not {}", to_string(x_.shape()),
                     x_.dim(), asked.rank()));
  std::int64_t place = 0;
  for (int i = 0; i < asked.rank(); ++i) {
    if (asked[i] < 0 || asked[i] >= x_.shape()[i])
      fail(fmt::format("index {} on axis {} is outside 0 ... {} (shape {}){}", asked[i], i, x_.shape()[i] - 1,
                       to_string(x_.shape()),
                       asked[i] < 0 ? ": was something subtracted from an unsigned or zero index?" : ""));
    place += asked[i] * x_.strides()[i];
  }
  return x_.data<float>()[place];
}

}  // namespace gradus::exercises
