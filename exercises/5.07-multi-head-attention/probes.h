#pragma once
// The learner's forward, looked into from outside: with weights chosen so that its output shows what the heads do.
#include "construction.h"

namespace gradus::exercises {

// Every axis has a size of its own, so that a mixed-up one cannot hide.
inline constexpr std::int64_t B = 2, T = 5, H = 3, d_k = 4, d_model = H * d_k;

/// Of a size that keeps the scores near 1, and with all four different.
heads::Weights random_weights(const Trial& trial, std::int64_t d);

/// The learner's forward, with what must hold for any input: shape, finite numbers, inputs left alone.
Array answer(const MultiHeadAttention& layer, const Tensor& x, const Tensor& mask = {});

/// Fails with the cause of the known mistake that explains the layer's answer to random weights, if there is one. Other
/// weights show more, but with zeros in them two mistakes may look alike.
void explain(const Trial& trial, const Array& mask = {});

/// Fails with that, or with the first difference, unless the answer is right.
void expect_forward(const Trial& trial, const Array& got, const Tensor& x, const heads::Weights& w,
                    std::int64_t n, const Array& mask = {});

void mean_of_values(Trial& trial);
void steered(Trial& trial);
void weights_of_heads(Trial& trial);

}  // namespace gradus::exercises
