#pragma once
// What must hold of a layer that has just been made.
#include <array>

#include "exercise.h"
#include "exercises/common/checks.h"
#include "exercises/common/heads.h"

namespace gradus::exercises {

inline constexpr double start_deviation = 0.02;

inline constexpr std::array names{"w_q", "w_k", "w_v", "w_o"};
std::array<const Parameter*, 4> matrices(const MultiHeadAttention& layer);

/// A learner's layer whose four matrices are there and have their shape; a failure otherwise.
MultiHeadAttention made(std::int64_t d_model, std::int64_t heads);
/// The same with these weights.
MultiHeadAttention loaded(const heads::Weights& weights, std::int64_t heads);

void parameters_listed(Trial& trial);
void initial_values(Trial& trial);
void refusal(Trial& trial);

}  // namespace gradus::exercises
