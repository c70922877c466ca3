#pragma once
// What the checks claim, one function for each check.
#include "exercises/common/checks.h"

namespace gradus::exercises {

// questions.cpp: answers.txt
void divisor(Trial& t);
void growth(Trial& t);
void freezing(Trial& t);
// variance.cpp: dot_product_variance
void variance(Trial& t);
void drawn_pairs(Trial& t);
// entropy.cpp: mean_entropy
void entropies(Trial& t);
void drawn_rows(Trial& t);
void frozen_rows(Trial& t);

// experiment.cpp
void experiment(Trial& t);

}  // namespace gradus::exercises
