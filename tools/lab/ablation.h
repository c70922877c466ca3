#pragma once
#include <string>
#include <vector>

#include "tools/lab/subject.h"

namespace gradus::lab {

// What a head is worth: the loss with something about it changed, on the same windows. ids [N, T], L layers of H heads.

/// What takes the place of a removed head's output. The mean is the milder: 0 may be far from anything the head ever says.
enum class Ablation { zero, mean };

/// The mean output of every head over sequences and positions.   [L, H, D]
Tensor mean_outputs(const Subject& subject, const Tensor& ids);

/// The loss of each prediction.   [N, T - 1]
Tensor losses(const Subject& subject, const Tensor& ids);

/// The loss of each prediction with one head removed, for every head.   outputs [L, H, D] -> [L, H, N, T - 1]
/// `outputs` are what the heads say instead: mean_outputs, or zeros.
Tensor losses_without(const Subject& subject, const std::vector<std::string>& layers, const Tensor& outputs,
                      const Tensor& ids);

/// The loss of each prediction with one head's weights replaced by `pattern` [T, T], or [N, T, T].   [N, T - 1]
Tensor losses_with_pattern(const Subject& subject, const std::string& layer, std::int64_t head,
                           const Tensor& pattern, const Tensor& ids);

/// |dL / dg| at g = 1 for a gate g on each head's output, L the mean loss of a window (Michel et al. 2019): what removing
/// the head would cost to first order, from one backward walk for each window.   [N, L, H]
Tensor gate_gradients(const Subject& subject, const std::vector<std::string>& layers, std::int64_t heads,
                      const Tensor& ids);

}  // namespace gradus::lab
