#pragma once
// What must hold of attention whatever its inputs are.
#include <functional>
#include <vector>

#include "exercises/common/checks.h"

namespace gradus::exercises {

/// The learner's answer [B, T, d] to inputs [B, T, ...], of any B and T.
using Call = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// Fails with cause "sees-future" unless the output at each position stays what it is when what follows is left out, and
/// when something else stands there.   inputs [1, T, ...]
void expect_no_future(const Trial& trial, const std::vector<Tensor>& inputs, const Call& call);

/// Fails with cause "batch-mixed" unless each item of the batch gets what it gets alone.
void expect_items_apart(const std::vector<Tensor>& inputs, const Call& call);

}  // namespace gradus::exercises
