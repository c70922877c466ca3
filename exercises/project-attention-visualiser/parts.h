#pragma once
// The checks, part by part; checks.cpp lists them.
#include "exercises/common/checks.h"

namespace gradus::exercises {

// checks_model.cpp
void losses_of_tokens(Trial& t);
void losses_on_the_tape(Trial& t);
void loss_held_out(Trial& t);
void model_comes_back(Trial& t);
// checks_maps.cpp
void maps_are_the_models(Trial& t);
void maps_are_fresh(Trial& t);
void maps_leave_no_trace(Trial& t);
// checks_heads.cpp
void damage_of_heads(Trial& t);
void analysis_of_heads(Trial& t);
void roles(Trial& t);
// checks_rule.cpp
void divergences_of_profiles(Trial& t);
void rule_for_differing(Trial& t);
// checks_page.cpp
void page_stands_alone(Trial& t);
void page_shows_maps(Trial& t);
void page_shows_numbers(Trial& t);
// checks_trained.cpp
void trained_on_sounds(Trial& t);
void trained_on_roles(Trial& t);
void trained_heads(Trial& t);
void conclusion(Trial& t);
// experiment.cpp
void experiment(Trial& t);
void numbers();

}  // namespace gradus::exercises
