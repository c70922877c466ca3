#pragma once
#include <cstdint>
#include <vector>

#include "exercises/common/elements.h"
#include "exercises/common/sentences.h"
#include "exercises/common/tiny.h"
#include "exercises/common/todo.h"
#include "gradus/autograd/modes.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// How much of its attention one query gives to some keys together: between 0 and 1.
///   map [T, T]: row = query, column = key. Query and keys are counted from 0; no key comes twice.
double attention_mass(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys);

/// The share of sentences whose answer a model names rightly, left alone and with an edge cut.
struct Accuracies {
  double whole, cut;
};

/// In sentence i the edge from the row that predicts the answer to word words[i] is cut, and no other.
Accuracies ablate(const Tiny& model, const Sentences& sentences, const std::vector<std::int64_t>& words);

}  // namespace gradus::exercises
