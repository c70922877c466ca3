#pragma once
// What the checks claim, one function for each check.
#include "exercises/common/checks.h"

namespace gradus::exercises {

// questions.cpp: answers.txt
void reading(Trial& t);
void guessing(Trial& t);
void constant(Trial& t);
// mass.cpp: attention_mass
void mass(Trial& t);
void views(Trial& t);
// ablation.cpp: ablate
void one_sentence(Trial& t);
void many_sentences(Trial& t);

}  // namespace gradus::exercises
