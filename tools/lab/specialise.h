#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// When heads are said to do different things, and when one of them is said to do anything. The exercises and the report
// judge by these numbers alone.

inline constexpr double least_divergence =
    0.3;  ///< in nats, between the offset profiles of two heads that differ
inline constexpr double least_damage = 0.05;  ///< in nats: a head whose removal costs less is not needed
inline constexpr double least_score = 0.5;    ///< of what a head looks at, for it to be its role

/// Do heads differ? The two that are furthest apart decide (of several such pairs the first, row by row): they differ when
/// their divergence is at least least_divergence, when removing either of them costs some target at least least_damage, and
/// when what suffers most is another target for each. With one target heads never differ.
///   divergences [H, H], as pairwise_divergence gives them; damage [H, targets]: by how much the loss of each target rises
/// Error: other shapes, or no head and no target at all. A number that is NaN makes nothing differ.
bool heads_differ(const Tensor& divergences, const Tensor& damage);

}  // namespace gradus::lab
