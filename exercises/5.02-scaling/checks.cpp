#include "exercises/common/checks.h"

#include <fmt/format.h>

#include "claims.h"
#include "judge.h"

namespace gradus::exercises {
namespace {

void numbers() {
  const auto print = [](double x) { fmt::print("{:.2f}\n", x); };
  print(entropy({0.5, 0.25, 0.25}));
  print(std::log(16.0));
  for (const std::int64_t d : {4, 16, 64, 256, 1024}) {
    const Rows rows = draw_rows(d, 16, d < 1024 ? 40000 : 4000, 1);
    for (const double divisor : {1.0, std::sqrt(static_cast<double>(d))}) {
      if (d < 1024) print(over(rows, divisor, entropy).value);
      if (d < 1024) print(over(rows, divisor, largest).value);
      if (d == 64 || d == 1024) print(over(rows, divisor, jacobian_norm).value);
    }
  }
}

}  // namespace

const Exercise exercise{{
                            {"divisor", "the divisor at d_k = 64 is known", divisor},
                            {"growth", "what grows with d_k, and like which power of it, is known", growth},
                            {"freezing", "what undivided scores do to the weights is known", freezing},
                            {"variance", "dot products of width d have a variance of d", variance},
                            {"pairs", "it is measured on n independent pairs", drawn_pairs},
                            {"entropies", "the mean entropy is right, scaled and not", entropies},
                            {"rows", "it is measured on n independent rows", drawn_rows},
                            {"frozen rows", "a weight of 0 has no entropy", frozen_rows},
                        },
                        experiment,
                        numbers};

}  // namespace gradus::exercises
