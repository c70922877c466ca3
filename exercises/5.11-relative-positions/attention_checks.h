#pragma once
// The checks of relative_attention and of biased_attention.
#include "exercises/common/checks.h"
#include "relative.h"

namespace gradus::exercises {

/// Fails when a result that should carry a gradient does not.
void expect_on_tape(const char* what, const Tensor& result);

/// Fails unless y is what p asks for: with one cause if a known mistake explains it, else with the first difference.
///   y [B, T, d_v] of one head, or [B, H, T, d_v]
void expect_relative(const Tensor& y, const relative::Problem& p);

/// Compares the gradient that reached one of the inputs with differences.   dout [B, H, T, d_v]
void expect_gradient(const char* what, const Tensor& of, const relative::Problem& p,
                     Array relative::Problem::*part, const Array& dout);

void shape(Trial& t);
void blocked(Trial& t);
void no_positions(Trial& t);
void diagonals(Trial& t);
void own_place(Trial& t);
void known_values(Trial& t);
void every_shape(Trial& t);
void past(Trial& t);
void gradient(Trial& t);

void bias_shape(Trial& t);
void no_biases(Trial& t);
void one_bias(Trial& t);
void heads(Trial& t);
void bias_shapes(Trial& t);
void bias_gradient(Trial& t);

void numbers();

}  // namespace gradus::exercises
