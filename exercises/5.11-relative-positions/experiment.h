#pragma once
#include <vector>

#include "exercises/common/checks.h"

namespace gradus::exercises {

/// Which share of previous tokens two models name, at the lengths that they are asked at; of longer sequences only the
/// positions count that training never reached.
struct Lengths {
  std::vector<std::int64_t> at;
  std::vector<double> relative, absolute;
};

inline constexpr std::int64_t trained_at = 12;
inline constexpr double enough = 0.9,
                        too_little = 0.3;  ///< the least share of one that can, the most of one that cannot

/// Trains both at one length only, and asks them at that and at longer ones. The relative one attends with the learner's
/// function; the absolute one adds a learned row for each place to the tokens. Chance is 1 / 16.
Lengths compare_lengths();

/// Prints them.
void experiment(Trial& trial);

}  // namespace gradus::exercises
