#include "tools/lab/ablation.h"

#include <algorithm>

#include "gradus/autograd/modes.h"
#include "gradus/autograd/walk.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::lab {
namespace {

/// f(first, last) for windows [first, last) of few enough tokens that their maps fit anywhere.
template <class F> void each_batch(const Tensor& ids, F f) {
  const std::int64_t N = ids.size(0), T = ids.size(1);
  const std::int64_t batch = std::max<std::int64_t>(1, 2048 / std::max<std::int64_t>(T, 1));
  for (std::int64_t first = 0; first < N; first += batch) f(first, std::min(N, first + batch));
}

}  // namespace

Tensor mean_outputs(const Subject& subject, const Tensor& ids) {
  Tensor sum;
  each_batch(ids, [&](std::int64_t first, std::int64_t last) {
    const Tensor outputs = extract(subject, ids.slice(0, first, last)).outputs;  // [B, L, H, T, D]
    const Tensor part = outputs.to(Dtype::float64).mean({3}).sum({0});
    sum = sum.defined() ? sum + part : part;
  });
  return (sum / static_cast<double>(ids.size(0))).to(Dtype::float32);
}

Tensor losses(const Subject& subject, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  std::vector<Tensor> parts;
  each_batch(ids, [&](std::int64_t first, std::int64_t last) {
    const Tensor part = ids.slice(0, first, last);
    parts.push_back(token_losses(subject.logits(part), part));
  });
  return cat(parts, 0);
}

Tensor losses_without(const Subject& subject, const std::vector<std::string>& layers, const Tensor& outputs,
                      const Tensor& ids) {
  const std::int64_t H = outputs.size(1), D = outputs.size(2);
  std::vector<Tensor> removed;
  for (std::size_t l = 0; l < layers.size(); ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      const Tensor output = outputs[static_cast<std::int64_t>(l)][h].reshape({1, 1, D});
      const Intervene change({replace_output(layers[l], h, output)});
      removed.push_back(losses(subject, ids));
    }
  return stack(removed).reshape({static_cast<std::int64_t>(layers.size()), H, ids.size(0), ids.size(1) - 1});
}

Tensor losses_with_pattern(const Subject& subject, const std::string& layer, std::int64_t head,
                           const Tensor& pattern, const Tensor& ids) {
  const std::int64_t T = ids.size(1);
  if (pattern.dim() == 2) {
    const Intervene change({replace_pattern(layer, head, pattern.reshape({1, T, T}))});
    return losses(subject, ids);
  }
  std::vector<Tensor> parts;
  for (std::int64_t n = 0; n < ids.size(0); ++n) {
    const Intervene change({replace_pattern(layer, head, pattern.slice(0, n, n + 1))});
    parts.push_back(losses(subject, ids.slice(0, n, n + 1)));
  }
  return cat(parts, 0);
}

Tensor gate_gradients(const Subject& subject, const std::vector<std::string>& layers, std::int64_t heads,
                      const Tensor& ids) {
  const Eval no_dropout;
  const RecordMode on_the_tape(true);
  std::vector<Tensor> windows;
  for (std::int64_t n = 0; n < ids.size(0); ++n) {
    std::vector<Tensor> gates;
    std::vector<Intervention> changes;
    for (const std::string& layer : layers) {
      gates.push_back(ones({heads}).requires_grad_());
      changes.push_back(gate_heads(layer, gates.back()));
    }
    const Intervene gated(changes);
    const Tensor window = ids.slice(0, n, n + 1);
    const Tensor loss = token_losses(subject.logits(window), window).mean();
    windows.push_back(abs(stack(grad(loss, gates))).detach());  // [L, H]
  }
  return stack(windows);
}

}  // namespace gradus::lab
