#pragma once
// The checks, by what they are about.
#include "exercises/common/checks.h"

namespace gradus::exercises {

// questions.cpp: answers.txt
void predictions(Trial& t);
void pattern(Trial& t);
void blocked_value(Trial& t);
void leak_of_zero(Trial& t);
void source(Trial& t);
void least_loss(Trial& t);
void damage(Trial& t);

// checks.cpp
/// Trained on tokens that nothing foretells: 16 of them, in sequences of 12.
struct Leaky {
  double teacher_forced, prefix_only;  ///< by the learner's functions, on 64 fresh sequences
  double next_weight;                  ///< the mean attention from t to t + 1
};
Leaky trained(bool causal);

// experiment.cpp
void experiment(Trial& t);
void numbers();

}  // namespace gradus::exercises
