#include "experiment.h"

#include <fmt/format.h>

#include "exercise.h"
#include "exercises/common/experiment_part.h"
#include "exercises/common/offset_task.h"
#include "gradus/autograd/modes.h"
#include "gradus/nn/layers.h"

namespace gradus::exercises {
namespace {

constexpr std::int64_t longest = 4 * trained_at;
constexpr int steps = 300;

/// What Tiny is, but for where positions come in. A row that no training sequence was long enough for stays 0.
struct Model {
  bool relative;
  nn::Embedding tokens, positions;
  nn::Linear query, key, value, readout;

  Model(const TinyOptions& o, bool is_relative)
      : relative(is_relative),
        tokens(o.vocab, o.width, nn::Init::normal(0.5)),
        positions(longest, o.width, nn::Init::normal(0.5)),
        query(o.width, o.width, false),
        key(o.width, o.width, false),
        value(o.width, o.width, false),
        readout(o.width, o.vocab) {
    const NoGrad off;
    positions.weight.slice(0, trained_at, longest).zero_();
  }

  /// ids [B, T] -> [B, T, 1, V]
  Tensor operator()(const Tensor& ids) const {
    const std::int64_t t = ids.size(1);
    const Tensor table = positions.weight.slice(0, 0, t);  // [T, C]
    Tensor x = tokens(ids);
    if (!relative) x = x + table;
    const Tensor y = relative_attention(query(x), key(x), value(x), relative ? table : zeros_like(table));
    return readout(y).unsqueeze(2);
  }
  Fields fields() const {
    return {{"tokens", tokens}, {"positions", positions}, {"query", query},
            {"key", key},       {"value", value},         {"readout", readout}};
  }
};

/// At the positions from `first` on.
double accuracy(const Model& model, std::int64_t length, std::int64_t first) {
  const Examples examples = offset_task({.length = length}, {-1}, 32);
  examples.targets.slice(1, 0, first).fill_(-100);
  return score(model, examples).accuracy;
}

}  // namespace

Lengths compare_lengths() {
  const TinyOptions options{.length = trained_at};
  Lengths result{{trained_at, 2 * trained_at, longest}, {}, {}};
  for (const bool relative : {true, false}) {
    const Model model(options, relative);
    train(model, steps, [&](std::int64_t batch) { return offset_task(options, {-1}, batch); });
    for (const std::int64_t length : result.at)
      (relative ? result.relative : result.absolute)
          .push_back(accuracy(model, length, length > trained_at ? trained_at : 0));
  }
  return result;
}

void experiment(Trial&) {
  fmt::print("Which share of previous tokens is named, after training at length {} (chance is {:.3f})\n\n",
             trained_at, 1. / 16);
  experiment_part([] {
    const Lengths l = compare_lengths();
    fmt::print("length   relative   absolute\n");
    for (std::size_t n = 0; n < l.at.size(); ++n)
      fmt::print("{:6}   {:8.3f}   {:8.3f}\n", l.at[n], l.relative[n], l.absolute[n]);
  });
}

}  // namespace gradus::exercises
