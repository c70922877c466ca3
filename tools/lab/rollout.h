#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// Where a position's information came from, through several layers, if attention were all that moves it. Values, norms and
// MLPs are not looked at.

/// Attention rollout (Abnar & Zuidema 2020): of each layer the mean map of its heads, plus the identity for the residual
/// connection, each row divided by its sum; multiplied up from the first layer on.
///   maps [L, H, T, T], in the order of the layers -> [L, T, T] float64, off the tape: [l] is through layers 0 ... l
/// Rows sum to 1, and a causal model's stay causal.
Tensor rollout(const Tensor& maps);

/// log2 of a causal rollout over that of a model of as many layers whose heads spread evenly; the future is 0. Under a causal
/// mask early tokens gather weight whatever a model has learned, and this takes it out: 1 is twice as much, and a weight of 0
/// gives -infinity.   rollout [L, T, T] -> [L, T, T]
Tensor rollout_against_uniform(const Tensor& rollout);

}  // namespace gradus::lab
