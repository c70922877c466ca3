#pragma once
// The checks, by what they are about.
#include <string>

#include "exercises/common/checks.h"

namespace gradus::exercises {

// copying.cpp: what one head cannot do
void loss(Trial& t);
void sweep(Trial& t);
void best_loss(Trial& t);
void split(Trial& t);
void model(Trial& t);
void training(Trial& t);

// roles.cpp: what heads do
void scores(Trial& t);
void pure(Trial& t);
void matrices(Trial& t);

// experiment.cpp
void experiment(Trial& t);
void numbers();

/// One head: 100 seeds gave accuracies from 0.53 to 0.61. Two heads: 200 seeds gave 1.000, and after 400 steps 0.94 or more.
inline constexpr int training_steps = 600;

}  // namespace gradus::exercises
