#pragma once
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// The L2 norm of all gradients together, summed in float64. Infinite or NaN if any gradient is.
double grad_norm(const std::vector<Tensor>& parameters);
/// What to multiply gradients by so that their norm is at most max_norm (torch's max_norm / (norm + 1e-6), at
/// most 1).
double clip_factor(double norm, double max_norm);
/// Scales the gradients so that their norm is at most max_norm, and returns the norm before (torch's
/// clip_grad_norm_).
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm);

struct SGDOptions {
  double lr = 0.01, momentum = 0, weight_decay = 0;
  bool nesterov = false;
};

/// p <- p - lr g, with torch's momentum and (coupled) weight decay.
class SGD {
 public:
  SGD(std::vector<Tensor> parameters, SGDOptions options = {});
  /// Parameters without a gradient stay. `grad_factor` scales every gradient on its way (see clip_factor).
  void step(double grad_factor = 1);
  void zero_grad();
  void set_lr(double lr) { options_.lr = lr; }

 private:
  std::vector<Tensor> parameters_, momentum_;
  SGDOptions options_;
};

struct AdamWOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01;
  /// Decay matrices and embeddings only, not biases and norms (nanoGPT's groups). Off: everything, as
  /// torch.optim.AdamW.
  bool decay_only_matrices = true;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), one pass over the parameters:
///   p <- p (1 - lr wd)
///   m, v <- moving averages of g, g^2, and m^, v^ the same corrected for their start at 0
///   p <- p - lr m^ / (sqrt(v^) + eps)
/// Steps are counted for all parameters together: one whose first gradient comes late moves further than in torch.
class AdamW {
 public:
  AdamW(std::vector<Tensor> parameters, AdamWOptions options = {});
  void step(double grad_factor = 1);
  void zero_grad();
  void set_lr(double lr) { options_.lr = lr; }
  const AdamWOptions& options() const { return options_; }

  /// What a checkpoint must hold besides the parameters: the two moments, in the parameters' order, and the
  /// step count.
  const std::vector<Tensor>& first_moments() const { return m_; }
  const std::vector<Tensor>& second_moments() const { return v_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  std::vector<Tensor> parameters_, m_, v_;
  AdamWOptions options_;
  std::int64_t steps_ = 0;
};

}  // namespace gradus
