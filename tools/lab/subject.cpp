#include "tools/lab/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/autograd/modes.h"
#include "gradus/base/error.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/views.h"

namespace gradus::lab {
namespace {

/// What the layers showed, each [B, H, ...] -> [B, L, H, ...].
Tensor stacked(const Capture& seen, Tensor Capture::Entry::*what) {
  std::vector<Tensor> layers;
  for (const Capture::Entry& entry : seen.entries()) layers.push_back(entry.*what);
  for (const Tensor& layer : layers)
    if (!(layer.shape() == layers.front().shape()))
      fail(fmt::format("extract: layers of one shape are needed; {} has {} and {} has {}",
                       seen.entries().front().layer, to_string(layers.front().shape()),
                       seen.entries()[static_cast<std::size_t>(&layer - layers.data())].layer,
                       to_string(layer.shape())));
  return stack(layers, 1);
}

}  // namespace

Extraction extract(const Subject& subject, const Tensor& ids) {
  const NoGrad no_tape;
  const Eval no_dropout;
  const Capture seen;
  Extraction result;
  result.logits = subject.logits(ids);
  if (seen.entries().empty()) fail(subject.name + ": no attention layer ran, so there is nothing to look at");
  for (const Capture::Entry& entry : seen.entries()) {
    if (entry.layer.empty())
      fail(subject.name +
           ": an attention layer has no name; call name_layers(model) where the model is built");
    result.layers.push_back(entry.layer);
  }
  result.maps = stacked(seen, &Capture::Entry::weights);
  result.outputs = stacked(seen, &Capture::Entry::output);
  return result;
}

Tensor token_losses(const Tensor& logits, const Tensor& ids) {
  const std::int64_t T = ids.size(1);
  return cross_entropy(logits.slice(1, 0, T - 1), ids.slice(1, 1, T), {.reduction = Reduction::none});
}

bool Integrity::holds() const { return row_sum <= 1e-5 && future == 0 && not_finite == 0; }

Integrity& Integrity::operator+=(const Integrity& other) {
  row_sum = std::max(row_sum, other.row_sum);
  future = std::max(future, other.future);
  not_finite += other.not_finite;
  return *this;
}

Integrity integrity(const Tensor& maps) {
  const std::int64_t T = maps.size(-1);
  const Tensor rows = maps.detach().to(Dtype::float64).contiguous();
  const double* a = rows.data<double>();
  Integrity result;
  for (std::int64_t row = 0; row < maps.numel() / std::max<std::int64_t>(T, 1); ++row, a += T) {
    double sum = 0;
    for (std::int64_t key = 0; key < T; ++key) {
      if (!std::isfinite(a[key])) {
        ++result.not_finite;
        continue;
      }
      sum += a[key];
      if (key > row % T) result.future = std::max(result.future, std::abs(a[key]));
    }
    result.row_sum = std::max(result.row_sum, std::abs(sum - 1));
  }
  return result;
}

}  // namespace gradus::lab
