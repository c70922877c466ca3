#include "gradus/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/modes.h"
#include "gradus/kernels/adamw.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"

namespace gradus {
namespace {

void check_parameters(const char* who, const std::vector<Tensor>& parameters) {
  for (const Tensor& p : parameters)
    if (!p.defined() || !p.is_leaf() || !p.requires_grad() || !p.is_contiguous())
      fail_operands(who, "can only train contiguous leaves that require a gradient", {{"parameter", p}},
                    "leave frozen parameters out of the list");
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (parameters[i].node() == parameters[j].node())
        fail_operands(who, "a parameter is listed twice, and would take two steps in one",
                      {{"parameter", parameters[i]}});
}

void zero_gradients(std::vector<Tensor>& parameters) {
  for (Tensor& p : parameters) p.zero_grad();
}

}  // namespace

double grad_norm(const std::vector<Tensor>& parameters) {
  double total = 0;
  for (const Tensor& p : parameters) {
    const Tensor g = p.grad();
    if (!g.defined()) continue;
    visit_floating(g.dtype(), "grad_norm", [&](auto t) {
      using T = decltype(t);
      total += kernels::sum_of_squares(g.numel(), contiguous(g).data<T>());
    });
  }
  return std::sqrt(total);
}

double clip_factor(double norm, double max_norm) { return std::min(1.0, max_norm / (norm + 1e-6)); }

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm) {
  const double norm = grad_norm(parameters), factor = clip_factor(norm, max_norm);
  if (factor < 1)
    for (const Tensor& p : parameters)
      if (Tensor g = p.grad(); g.defined()) g.mul_(factor);
  return norm;
}

SGD::SGD(std::vector<Tensor> parameters, SGDOptions options)
    : parameters_(std::move(parameters)), momentum_(parameters_.size()), options_(options) {
  check_parameters("SGD", parameters_);
}

void SGD::step(double grad_factor) {
  const NoGrad off;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& p = parameters_[i];
    Tensor g = p.grad();
    if (!g.defined()) continue;
    if (grad_factor != 1) g = g * grad_factor;
    if (options_.weight_decay != 0) g = g + p.detach() * options_.weight_decay;
    if (options_.momentum != 0) {
      Tensor& m = momentum_[i];
      m = m.defined() ? m * options_.momentum + g : g.clone();
      g = options_.nesterov ? g + m * options_.momentum : m;
    }
    p.add_(g, -options_.lr);
  }
}

void SGD::zero_grad() { zero_gradients(parameters_); }

AdamW::AdamW(std::vector<Tensor> parameters, AdamWOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  check_parameters("AdamW", parameters_);
  for (const Tensor& p : parameters_) {
    m_.push_back(zeros_like(p));
    v_.push_back(zeros_like(p));
  }
}

void AdamW::step(double grad_factor) {
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double correction1 = 1 - std::pow(options_.beta1, t), correction2 = 1 - std::pow(options_.beta2, t);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& p = parameters_[i];
    const Tensor given = p.grad();
    if (!given.defined()) continue;
    const Tensor g = contiguous(given);
    const double decay = p.dim() >= 2 || !options_.decay_only_matrices ? options_.weight_decay : 0;
    visit_floating(p.dtype(), "AdamW", [&](auto z) {
      using T = decltype(z);
      kernels::adamw(p.numel(), p.data<T>(), g.data<T>(), m_[i].data<T>(), v_[i].data<T>(),
                     {options_.lr, options_.beta1, options_.beta2, options_.eps, decay, correction1,
                      correction2, grad_factor});
    });
    ++p.storage()->version;
  }
}

void AdamW::zero_grad() { zero_gradients(parameters_); }

}  // namespace gradus
