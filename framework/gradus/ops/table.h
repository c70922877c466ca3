#pragma once
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

// The table of ops: at least one row for every public differentiable function of ops/. Tests and `gradus
// gradcheck` run over it, so an op that stands here is checked in every way they know.

/// What an input is filled with. `distinct` keeps all elements, also of two inputs, 0.02 apart from one
/// another and from 0, where an op has its kinks; `boolean` has nothing but false in its first row; `ids` lie
/// in [0, the size of axis `below`).
enum class Fill { normal, positive, distinct, boolean, ids };

/// A letter is an axis of the size that letter has in every input of the row ('1' is 1), so one declaration
/// gives small, large and empty samples.
struct OpInput {
  const char* axes;
  Fill fill = Fill::normal;
  char below = '\0';
};

using OpCall = Tensor (*)(const std::vector<Tensor>& inputs);

struct OpRow {
  const char* op;
  const char* sample;  ///< what this row shows; unique within the op
  std::vector<OpInput> inputs;
  OpCall call;
  OpCall composed = nullptr;           ///< the op in native ops, if it is fused
  const char* must_not_be_empty = "";  ///< the axes whose size 0 is an error
};

const std::vector<OpRow>& op_table();

/// Small for gradients; large enough that kernels cut the work; or small with one axis empty.
struct SampleSize {
  bool large = false;
  char empty = '\0';
};

/// Inputs of a row, a pure function of the seed; ids are int64, masks boolean, all else `dtype`.
std::vector<Tensor> sample_inputs(const OpRow& row, Dtype dtype, std::uint64_t seed, SampleSize size = {});

}  // namespace gradus
