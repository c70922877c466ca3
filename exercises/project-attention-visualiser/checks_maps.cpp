#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "gradus/base/random.h"
#include "gradus/nn/module.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

template <class Holds> bool every(std::int64_t N, std::int64_t H, std::int64_t T, const Holds& holds) {
  for (std::int64_t n = 0; n < N; ++n)
    for (std::int64_t h = 0; h < H; ++h)
      for (std::int64_t i = 0; i < T; ++i)
        for (std::int64_t j = 0; j < T; ++j)
          if (!holds(n, h, i, j)) return false;
  return true;
}

/// What explains maps [N, L, H, T, T] that are not `right`.
std::optional<Cause> explain_maps(const Array& got, const Array& right) {
  const std::int64_t N = right.size(0), L = right.size(1), H = right.size(2), T = right.size(3);
  const auto fits = [&](const auto& other) {
    for (std::int64_t l = 0; l < L; ++l)
      if (!every(N, H, T, [&](std::int64_t n, std::int64_t h, std::int64_t i, std::int64_t j) {
            return std::abs(got(n, l, h, i, j) - other(n, l, h, i, j)) <= 1e-5;
          }))
        return false;
    return true;
  };
  using Index = std::int64_t;
  if (fits([&](Index n, Index l, Index h, Index i, Index j) { return right(n, l, h, j, i); }))
    return Cause{"transposed", "rows and columns were exchanged: row = query, column = key"};
  for (Index item : {Index{0}, N - 1})
    if (fits([&](Index, Index l, Index h, Index i, Index j) { return right(item, l, h, i, j); }))
      return Cause{"batch-ignored",
                   fmt::format("every sentence had the maps of the {} one", item == 0 ? "first" : "last")};
  if (fits([&](Index n, Index l, Index, Index i, Index j) {
        double sum = 0;
        for (Index g = 0; g < H; ++g) sum += right(n, l, g, i, j) / static_cast<double>(H);
        return sum;
      }))
    return Cause{"heads-averaged",
                 "the heads of a layer had been averaged: what one of them does is lost in the mean"};
  std::vector<Index> layers;  // which one stands in each place
  for (Index place = 0; place < L; ++place)
    for (Index layer = 0; layer < L; ++layer) {
      const auto same = [&](Index n, Index h, Index i, Index j) {
        return std::abs(got(n, place, h, i, j) - right(n, layer, h, i, j)) <= 1e-5;
      };
      if (std::ssize(layers) == place && every(N, H, T, same)) layers.push_back(layer);
    }
  for (Index place = 0; std::ssize(layers) == L && place < L; ++place)
    if (const Index layer = layers[static_cast<std::size_t>(place)]; layer != place)
      return Cause{"layers-mixed",
                   fmt::format("layer {} stood in the place of layer {}: they are counted from 0, in order",
                               layer, place)};
  return {};
}

}  // namespace

void judge::expect_extraction(const LanguageModel& model, const Tensor& ids) {
  const Tensor got = extract(model, ids);
  const LanguageModelOptions& o = model.options;
  expect_shape("what extract returns", got, {ids.size(0), o.layers, o.heads, ids.size(1), ids.size(1)},
               "[N, L, H, T, T]");
  const Array right = judge::maps(model, ids), maps(got);
  if (distance(maps, right) <= 1e-6) return;
  if (distance(maps, Array(extract(model, ids))) != 0)
    fail_check("dropout-on",
               "Two extractions from one model and one sentence differ: dropout is on. Eval turns it off.");
  if (const auto cause = explain_maps(maps, right))
    fail_check(cause->name, "Your maps look as if " + cause->sentence + ".");
  expect_close("map", got, right, 1e-6);
}

void maps_are_the_models(Trial& t) {
  const LanguageModel model = judge::model();
  judge::expect_extraction(model, judge::sentences(t).ids);
  judge::expect_extraction(model, judge::sentences(t, 1, 1 + judge::T).ids);
}

void maps_are_fresh(Trial& t) {
  const LanguageModel one = judge::model(), other = judge::model();
  const Tensor a = judge::sentences(t).ids, b = judge::sentences(t).ids;
  const Array first(extract(one, a)), second(extract(one, b)), third(extract(other, b));
  for (const auto& [got, right] :
       {std::pair{second, judge::maps(one, b)}, std::pair{third, judge::maps(other, b)}}) {
    if (distance(got, right) <= 1e-6) continue;
    if (distance(got, first) <= 1e-6 || distance(got, second) <= 1e-6)
      fail_check("stale",
                 "Other sentences, or another model, give the maps of the call before: something was kept.");
    fail_check("unknown", "In a second call the maps are not those of the model any more.");
  }
  // A longer batch after a shorter one, and the first again.
  judge::expect_extraction(one, judge::sentences(t, 3, 2).ids);
  judge::expect_extraction(one, a);
}

void maps_leave_no_trace(Trial& t) {
  const LanguageModel model = judge::model();
  const Tensor ids = judge::sentences(t).ids;
  const std::vector<float> before = [&] {
    const Eval no_dropout;
    return model(ids).to_vector<float>();
  }();
  const GeneratorState generator = generator_state();
  const Tensor got = extract(model, ids);
  const GeneratorState after = generator_state();
  if (!recording() || evaluating())
    fail_check("modes-left",
               "After extract the tape or dropout is still off: guards must end with the function.");
  if (after.seed != generator.seed || after.drawn != generator.drawn)
    fail_check(
        "dropout-on",
        "extract has drawn random numbers: dropout was on, and a training that looks at its maps would "
        "go on differently.");
  if (got.requires_grad())
    fail_check("on-the-tape", "The maps are on the tape, which keeps the whole model run alive.");
  const Eval no_dropout;
  if (model(ids).to_vector<float>() != before)
    fail_check("model-changed", "After extract the model gives other logits than before.");
}

}  // namespace gradus::exercises
