#include "exercises/common/tiny.h"

#include <vector>

#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"

namespace gradus::exercises {

Tiny::Tiny(const TinyOptions& o)
    : options(o),
      tokens(o.vocab, o.width, nn::Init::normal(0.5)),
      positions(o.length, o.width, nn::Init::normal(0.5)),
      attention(o.width, o.heads, {.causal = o.causal, .bias = false}),
      readout(o.width, o.targets * o.vocab) {
  name_layers(*this);
}

Tensor Tiny::operator()(const Tensor& ids) const {
  Tensor x = tokens(ids);  // [B, T, C]
  if (options.positions) x = positions(x);
  const Tensor y = readout(attention(x));  // [B, T, targets V]
  return y.reshape({ids.size(0), ids.size(1), options.targets, options.vocab});
}

Score score_of(const Tensor& logits, const Tensor& targets) {
  const double loss = cross_entropy(logits, targets).item();
  const std::vector<std::int64_t> best = argmax(logits).to_vector<std::int64_t>(),
                                  wanted = targets.to_vector<std::int64_t>();
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] < 0) continue;
    ++all;
    right += best[i] == wanted[i];
  }
  return {loss, all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all)};
}

Score score(const Tiny& model, const Examples& examples, std::int64_t target) {
  const NoGrad off;
  const Eval eval;
  return score_of(model(examples.ids).select(2, target), examples.targets.select(2, target));
}

Tensor attention_of(const Tiny& model, const Tensor& ids) {
  const NoGrad off;
  const Eval eval;
  const Capture seen;
  model(ids);
  return seen.weights("attention").clone();
}

}  // namespace gradus::exercises
