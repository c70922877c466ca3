#include "experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "exercises/common/experiment_part.h"
#include "exercises/common/maps.h"
#include "exercises/common/offset_task.h"
#include "gradus/autograd/modes.h"
#include "tools/lab/heatmap.h"

namespace gradus::exercises {

Trained train_heads(int targets) {
  const TinyOptions options{.heads = 2, .targets = targets};
  const std::vector<std::int64_t> offsets =
      targets == 1 ? std::vector<std::int64_t>{-1} : std::vector<std::int64_t>{-1, -2};
  for (int attempt = 1;; ++attempt) {
    Tiny model(options);
    const Examples examples = offset_task(options, offsets, 64);
    const Tensor before = attention_of(model, examples.ids);
    train(model, 400, [&](std::int64_t batch) { return offset_task(options, offsets, batch); });
    if (score(model, examples).accuracy < 0.95 && attempt < 5) continue;
    const Tensor maps = attention_of(model, examples.ids);
    return {std::move(model), examples, before, maps, attempt};
  }
}

Removal remove_heads(const Trained& t) {
  const std::int64_t heads = t.model.options.heads, targets = t.model.options.targets;
  Removal result{{}, Array({heads, targets}), Array({heads, targets})};
  for (std::int64_t n = 0; n < targets; ++n) {
    const Score whole = score(t.model, t.examples, n);
    result.whole.push_back(whole.accuracy);
    for (std::int64_t h = 0; h < heads; ++h) {
      Tensor gates = ones({heads});
      gates.slice(0, h, h + 1).fill_(0);
      const Intervene removed({gate_heads("attention", gates)});
      const Score without = score(t.model, t.examples, n);
      result.without(h, n) = without.accuracy;
      result.damage(h, n) = without.loss - whole.loss;
    }
  }
  return result;
}

double accuracy_with_cut(const Trained& t, std::int64_t query, std::int64_t key) {
  const Examples only = offset_task(t.model.options, {-1}, 2048);
  const std::int64_t length = only.targets.size(1);
  if (t.model.options.targets > 1) fail_check("experiment", "the cut is made in the model of one target");
  only.targets.slice(1, 0, query).fill_(-100);
  only.targets.slice(1, query + 1, length).fill_(-100);
  const Intervene cut({cut_edge("attention", -1, query, key)});
  return score(t.model, only).accuracy;
}

namespace {

void show_heads(const Trial& trial, int targets) {
  const Trained t = train_heads(targets);
  fmt::print("{}\n", targets == 1 ? "One target: the token before"
                                  : "Two targets: the token before, and the one before that");
  if (t.attempts > 1) fmt::print("  (attempt {}: the first ended with both heads alike)\n", t.attempts);

  std::vector<std::string> tokens, names;
  for (const std::int64_t id : t.examples.ids.select(0, 0).to_vector<std::int64_t>())
    tokens.push_back(std::string(1, static_cast<char>('a' + id)));
  for (std::int64_t h = 0; h < 2; ++h) {
    const Tensor map = t.maps.select(0, 0).select(0, h);
    fmt::print("\nhead {}, your heatmap of one sequence:\n{}", h, heatmap(map.contiguous(), tokens));
    const std::string file = fmt::format("5.9-targets-{}-head-{}.svg", targets, h);
    std::ofstream(file) << lab::svg_heatmap(
        {.values = map,
         .labels = tokens,
         .title = fmt::format("trained on {}, head {}", targets == 1 ? "one target" : "two targets", h)});
    names.push_back(file);
  }
  const Tensor profile = offset_profile(t.maps), score = previous_token_score(t.maps),
               untrained = previous_token_score(t.before);
  const Removal removal = remove_heads(t);
  fmt::print("\n                        head 0  head 1\nprevious, untrained   ");
  for (std::int64_t h = 0; h < 2; ++h) fmt::print("{:8.3f}", untrained[h].item());
  fmt::print("\nprevious, trained     ");
  for (std::int64_t h = 0; h < 2; ++h) fmt::print("{:8.3f}", score[h].item());
  if (targets == 1) fmt::print("   ({})", expected_by_you(trial, "predict.one_score"));
  for (std::int64_t d = 0; d < 4; ++d)
    fmt::print("\nweight {} back         {:8.3f}{:8.3f}", d, profile[0][d].item(), profile[1][d].item());
  for (std::int64_t n = 0; n < targets; ++n)
    fmt::print(
        "\nwithout it, {:10}{:8.3f}{:8.3f}   (with both {:.3f}; the loss rises by {:.2f} and {:.2f} nats)",
        n == 0 ? "previous" : "before", removal.without(0, n), removal.without(1, n),
        removal.whole[static_cast<std::size_t>(n)], removal.damage(0, n), removal.damage(1, n));
  if (targets == 1)
    fmt::print("\nposition 6, 5 cut off   {:6.3f}   (of 2048 sequences)", accuracy_with_cut(t, 6, 5));
  const double apart = divergences(offset_profile(Array(t.maps)))(0, 1);
  fmt::print("\nprofiles apart by     {:8.3f}", apart);
  if (targets == 2) fmt::print("   ({})", expected_by_you(trial, "predict.two_divergence"));
  fmt::print("\npictures: {} and {}\n", names[0], names[1]);
}

}  // namespace

void experiment(Trial& trial) {
  expect_predictions(trial, {"predict.one_score", "predict.two_divergence"});
  experiment_part([&] { show_heads(trial, 1); });
  experiment_part([&] { show_heads(trial, 2); });
}

}  // namespace gradus::exercises
