#pragma once
// The wrong rules that we know: which of them explains a gradient of the learner.
#include <optional>

#include "exercises/common/attention_gradients.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises::backward {

/// What explains `got` as the learner's result of one step, made from the gradients before it in `right`: a cause, and
/// a predicate ("is A o dA: ..."). None for a right one, and when nothing fits.
std::optional<Cause> explain(Step step, const Array& got, const Problem& p, const Gradients& right);

/// The same for dQ, dK and dV of the whole backward pass.
std::optional<Cause> explain_whole(const Gradients& got, const Problem& p);

/// For the test that no two rules can be confused: dS by each of them.
std::vector<Array> score_gradients(const Problem& p);

}  // namespace gradus::exercises::backward
