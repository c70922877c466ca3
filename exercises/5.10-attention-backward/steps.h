#pragma once
// One of the learner's five functions against the loops, given the right gradients before it.
#include <string>

#include "exercises/common/attention_gradients.h"
#include "exercises/common/checks.h"

namespace gradus::exercises::backward {

/// Standard normal everywhere, without a mask.
Problem random_problem(const Trial& t, std::int64_t b, std::int64_t tq, std::int64_t tk, std::int64_t d_k,
                       std::int64_t d_v);

/// Fails unless the learner's step is right for p.
void expect_step(const Trial& t, Step step, const Problem& p);

/// Fails with the message, and below it the learner's gradients beside the tape's and the numeric ones.
[[noreturn]] void fail_with_report(const Problem& p, const std::string& cause, const std::string& message);

}  // namespace gradus::exercises::backward
