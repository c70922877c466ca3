#include "tools/lab/maps.h"

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus::lab {

std::int64_t tokens_of(const char* what, const Tensor& maps) {
  if (!maps.defined() || maps.dim() < 2 || maps.size(-1) != maps.size(-2))
    fail(fmt::format("{}: needs attention maps [..., T, T], a row per query and a column per key, not {}",
                     what, maps.defined() ? to_string(maps.shape()) : "an undefined tensor"));
  return maps.size(-1);
}

void check_rows(const char* what, std::int64_t T, std::int64_t first_row, std::int64_t least) {
  if (first_row < least)
    fail(fmt::format("{}: first_row is {}, and the first row that can count is row {}", what, first_row,
                     least));
  if (first_row >= T)
    fail(fmt::format(
        "{}: counts rows from {} on, and a map of shape [{}, {}] has none; give it at least {} tokens", what,
        first_row, T, T, first_row + 1));
}

}  // namespace gradus::lab
