#include "gradus/ops/loss.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/autograd/errors.h"
#include "gradus/autograd/record.h"
#include "gradus/kernels/loss.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/copy.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus {
namespace {

/// How many targets count; errors on one that is neither ignored nor a class.
std::int64_t count_targets(const Tensor& logits, const Tensor& targets, std::int64_t ignore_index) {
  Shape rows = logits.shape();
  if (logits.dim() > 0) rows.erase(rows.rank() - 1);
  if (logits.dim() < 1 || !(targets.shape() == rows) || targets.dtype() != Dtype::int64)
    fail_operands("cross_entropy", "the targets must be int64, one for each row of logits",
                  {{"logits", logits}, {"targets", targets}});
  const Tensor dense = contiguous(targets);
  const std::int64_t* t = dense.data<std::int64_t>();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < dense.numel(); ++i) {
    if (t[i] == ignore_index) continue;
    if (t[i] < 0 || t[i] >= logits.size(-1))
      fail_operands(
          "cross_entropy",
          fmt::format("target {} at position {} is not a class 0 ... {}", t[i], i, logits.size(-1) - 1),
          {{"logits", logits}, {"targets", targets}});
    ++count;
  }
  return count;
}

Tensor reduce_loss(const Tensor& per_row, Reduction reduction, std::int64_t count) {
  if (reduction == Reduction::none) return per_row;
  const Tensor total = sum(per_row);
  return reduction == Reduction::sum ? total : total / static_cast<double>(std::max<std::int64_t>(count, 1));
}

/// -sum_c q_c log p_c per row, q = (1 - s) onehot + s / V; 0 for ignored rows. In native ops.
Tensor composed_per_row(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& o) {
  const Tensor ignored = eq(targets, scalar(static_cast<double>(o.ignore_index), Dtype::int64));
  const Tensor safe = where(ignored, zeros_like(targets), targets);
  const Tensor log_p = composed::log_softmax(logits);
  Tensor loss = -squeeze(gather(log_p, -1, unsqueeze(safe, -1)), -1);
  if (o.label_smoothing > 0) loss = loss * (1 - o.label_smoothing) - mean(log_p, {-1}) * o.label_smoothing;
  return where(ignored, scalar(0, loss.dtype()), loss);
}

Tensor fused_per_row(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& o) {
  const Tensor x = contiguous(logits.detach()), t = contiguous(targets);
  const std::int64_t classes = x.size(-1), rows = t.numel();
  Tensor loss = empty(targets.shape(), x.dtype()), lse = empty(targets.shape(), Dtype::float64);
  visit_floating(x.dtype(), "cross_entropy", [&](auto type) {
    using T = decltype(type);
    kernels::cross_entropy<T>(rows, classes, x.data<T>(), t.data<std::int64_t>(), o.ignore_index,
                              o.label_smoothing, loss.data<T>(), lse.data<double>());
  });
  const auto backward = [t = Saved(t), lse = Saved(lse), o](const Tensor& dy, auto&, auto& inputs) {
    const Tensor in = contiguous(inputs[0]), dyc = contiguous(dy);
    Tensor dlogits = empty_like(in);
    visit_floating(dy.dtype(), "cross_entropy", [&](auto type) {
      using T = decltype(type);
      kernels::cross_entropy_backward(
          dyc.numel(), in.size(-1), in.data<T>(), t.get().template data<std::int64_t>(), o.ignore_index,
          o.label_smoothing, lse.get().template data<double>(), dyc.data<T>(), dlogits.data<T>());
    });
    return std::array<Tensor, 1>{dlogits};
  };
  const auto meaning = [t = Saved(targets), o](const Tensor& in) { return composed_per_row(in, t, o); };
  return record("cross_entropy", loss, fused<1>({&logits}, backward, meaning));
}

}  // namespace

Tensor composed::cross_entropy(const Tensor& logits, const Tensor& targets, CrossEntropyOptions options) {
  const std::int64_t count = count_targets(logits, targets, options.ignore_index);
  return reduce_loss(composed_per_row(logits, targets, options), options.reduction, count);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, CrossEntropyOptions options) {
  if (!(options.label_smoothing >= 0 && options.label_smoothing < 1))
    fail(fmt::format("cross_entropy: label smoothing must lie in [0, 1), not {}", options.label_smoothing));
  const std::int64_t count = count_targets(logits, targets, options.ignore_index);
  return reduce_loss(fused_per_row(logits, targets, options), options.reduction, count);
}

Tensor mse_loss(const Tensor& prediction, const Tensor& target, Reduction reduction) {
  check_same_floating("mse_loss", {"prediction", prediction}, {"target", target});
  if (!(prediction.shape() == target.shape()))
    fail_operands("mse_loss", "the shapes must be equal", {{"prediction", prediction}, {"target", target}},
                  "reshape one of them on purpose; a loss that broadcasts is nearly always a mistake");
  return reduce_loss(square(prediction - target), reduction, prediction.numel());
}

}  // namespace gradus
