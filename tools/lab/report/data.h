#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tools/lab/analysis.h"

namespace gradus::lab {

// What the report's script reads: numbers as JSON, maps as codes, each in an element that no browser runs.

/// How finely maps are kept.
struct Precision {
  bool fine = true;  ///< 16-bit codes, else 8-bit ones
  std::vector<std::int64_t>
      side;  ///< of each head's maps, where a text is longer: pooled by maximum; 0: as they are
  std::int64_t rollout_side = 0;  ///< the same for rollouts
  std::int64_t pooled_heads() const;
};

/// The finest that takes no more than `room` bytes of the page: 16 bits while that is 8 MiB or less, then 8 bits, then only
/// the heads that have a label or matter most as they are, and the others pooled. Error: not even that fits.
Precision precision_for(const Analysis& analysis, std::int64_t room);

std::string map_blocks(const Analysis& analysis,
                       const Precision& precision);    ///< maps and rollouts of the texts
std::string cost_blocks(const Analysis& analysis);     ///< of each study, what cutting each connection costs
std::string picture_blocks(const Analysis& analysis);  ///< small ones: of all heads, and of the checkpoints
/// The side of the checkpoints' pictures: many heads over many steps are drawn small, and need no more.
std::int64_t step_side(const Analysis& analysis);
/// The largest cost of a study, in nats and without its sign; what its codes are fractions of.
double largest_cost(const EdgeStudy& study);
std::string data_block(const Analysis& analysis, const Precision& precision);

}  // namespace gradus::lab
