#pragma once
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "exercises/common/array.h"

namespace exercises {

/// No two of these results of known mistakes, and of the right way, can be taken for each other: they differ by 1000
/// tolerances.
inline void check_apart(const std::vector<gradus::exercises::Array>& results, std::size_t at_least) {
  CHECK(results.size() >= at_least);
  for (std::size_t i = 0; i < results.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(i);
      CAPTURE(j);
      CHECK_FALSE(gradus::exercises::distance(results[i], results[j]) <= 1000 * gradus::exercises::tolerance);
    }
}

}  // namespace exercises
