#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "exercise.h"
#include "exercises/common/answers.h"
#include "judge.h"
#include "parts.h"

namespace gradus::exercises {
namespace {

/// Tokens that depend on each other, each with a mean and a size of its own, so that all of them matter.
Tensor dependent_windows(const Trial& t, std::int64_t n, std::int64_t k, std::int64_t d) {
  const Tensor mix = t.randn({k, k}) + eye(k);
  return matmul(mix, t.randn({n, k, d})) + t.randn({k, d}) * 0.5;
}

}  // namespace

void loss(Trial& t) {
  for (int round = 0; round < 6; ++round) {
    const std::int64_t heads = 1 + round % 3, k = t.randint(4, 8);
    const Tensor windows = dependent_windows(t, t.randint(30, 60), k, t.randint(2, 5));
    const Tensor patterns = t.randn({heads, k});
    const Unchanged inputs({windows, patterns});
    const double got = expect_finite("copy_loss", copy_loss(windows, patterns));
    inputs.expect();
    expect_value(fmt::format("copy_loss of {} head(s)", heads), got,
                 judge::copy_loss(Array(windows), Array(patterns)),
                 [&] { return judge::explain_loss(got, Array(windows), Array(patterns)); });
  }
}

/// Windows for which the best pattern of the grid lies elsewhere each time. What tells most of two tokens is their sum where
/// they are alike, their difference where they are opposite, and the larger one where sizes differ.
Tensor windows_of(const Trial& t, int sort, std::int64_t k, std::int64_t d) {
  const std::int64_t n = 40;
  const Tensor x = t.randn({n, 1, d}), y = t.randn({n, 1, d}), rest = t.randn({n, k - 2, d}),
               shared = t.randn({n, 1, d});
  switch (sort) {
    case 0: return cat({x + shared, y + shared, rest}, 1);  // a + b = 1, between the corners
    case 1: return cat({x - y, y, rest * 0.1 - y}, 1);  // b = 0: the rest is like the opposite of the second
    case 2: return cat({x, y - x, rest * 0.1 - x}, 1);  // a = 0
    case 3: return cat({x * 3, y, rest}, 1);            // a = 1
    case 4: return cat({x, y * 3, rest}, 1);            // b = 1
    case 5:
      return cat({x, y * 0.3 - x * 0.9, rest * 0.1}, 1);  // a or b below 0 would be better: not on the grid
    case 6: return cat({shared * 2 + x, shared * 2 - x, rest * 0.1 + shared}, 1);  // a = b, 0 as good as any
    default:  // a + b above 1 would be better, and is not on the grid: the rest is like the second
      return cat({x - y, y, rest * 0.1 + y * 3}, 1);
  }
}

void sweep(Trial& t) {
  std::vector<judge::SweepRun> runs;
  for (int round = 0; round < 16; ++round) {
    const std::int64_t steps = t.randint(3, 7), k = t.randint(4, 7), d = t.randint(2, 4);
    const Tensor windows = windows_of(t, round % 8, k, d);
    const Unchanged inputs({windows});
    runs.push_back(
        {Array(windows), steps, expect_finite("best_of_one_head", best_of_one_head(windows, steps))});
    inputs.expect();
  }
  for (const judge::SweepRun& run : runs)
    expect_value("best_of_one_head", run.got, judge::best_of_one_head(run.windows, run.steps),
                 [&] { return judge::explain_sweep(runs); });
}

/// The least of the closed form over all ways to spread the weight over the two tokens and six others.
static double least_loss() {
  double least = 1;
  for (int i = 0; i <= 100; ++i)
    for (int j = 0; i + j <= 100; ++j)
      least = std::min(least, judge::expected_loss(i / 100., j / 100., (1 - i / 100. - j / 100.) / 6, 6));
  return least;
}

void best_loss(Trial& t) {
  expect_number(
      t, "answer.best_loss", least_loss(), 0.02,
      {{0, "mixture-is-no-copy",
        "that needs both tokens apart; one head hands over one mixture of them. Run the sweep."},
       {1, "half-is-copied", "all weight on one token copies that one perfectly. Run the sweep."},
       {0.25, "half-of-each",
        "what one token gains the other loses, whichever way the weight is shared. Run the sweep."}});
}

void split(Trial& t) {
  // Equal tokens (1 in 12) are both right; of two that differ both or none are.
  const double same = 1. / 12, expected = same + (1 - same) / 2;
  expect_number(
      t, "answer.split_accuracy", expected, 0.002,
      {{0.5, "equal-tokens", "now and then the two tokens are equal, and then no order can be wrong."},
       {same, "chance", "that knows nothing; this head knows which two tokens there were."},
       {0.25, "pair-not-independent", "a wrong order is wrong for both tokens, a right one right for both."},
       {(1 - same) / 2, "equal-tokens", "when the two tokens are equal, both are right."},
       {0.5 + same, "equal-tokens",
        "equal tokens are counted twice: a right guess of the order may be among them."}});
}

static void expect_options(const TinyOptions& o, std::int64_t heads) {
  const TinyOptions wanted{.vocab = 12, .length = 12, .width = 24, .heads = heads, .targets = 2};
  if (o.heads != heads)
    fail_check("heads-ignored", fmt::format("asked for {} head(s), the model has {}", heads, o.heads));
  const auto same = [](const char* name, std::int64_t got, std::int64_t expected) {
    if (got != expected)
      fail_check("model-options", fmt::format("the model's {} is {}, not {}", name, got, expected));
  };
  same("vocab", o.vocab, wanted.vocab);
  same("length", o.length, wanted.length);
  same("width", o.width, wanted.width);
  same("number of readouts (targets)", o.targets, wanted.targets);
  if (!o.causal) fail_check("model-options", "the model is not causal");
  if (!o.positions)
    fail_check("model-options", "the model has no positions: it cannot tell what stood where");
}

void model(Trial&) {
  for (const std::int64_t heads : {1, 2, 3}) {
    const Tiny untrained = trained_copier(heads, 0);
    expect_options(untrained.options, heads);
    // Chance is 1/12, with a standard error of 0.008. Some logits are larger than others from the start, but not that much.
    const double accuracy = score(untrained, offset_task(untrained.options, {-1, -2}, 64)).accuracy;
    if (!(accuracy < 0.25))
      fail_check("steps-ignored",
                 fmt::format("after 0 steps of training the model names {:.2f} of the tokens", accuracy));
  }
}

void training(Trial&) {
  const Tiny two = trained_copier(2, training_steps);
  const Examples fresh = offset_task(two.options, {-1, -2}, 64);
  const double both = score(two, fresh).accuracy;
  if (!(both >= 0.97)) {
    for (const std::int64_t target : {0, 1})
      for (const std::int64_t offset : {-3, -2, -1, 0, 1, 2, 3}) {
        const bool right = offset == -1 - target;
        const Examples other = offset_task(two.options, {offset, offset}, 64);
        if (!right && score(two, other, target).accuracy >= 0.9)
          fail_check("offsets", fmt::format("Readout {} names the token at offset {}; wanted is offset {}.",
                                            target, offset, -1 - target));
      }
    fail_check(
        "not-learned",
        fmt::format("Two heads name {:.2f} of the tokens of new sequences after {} steps; they can name all. "
                    "Does every step get fresh examples, and does the number of steps count?",
                    both, training_steps));
  }
  const Tiny one = trained_copier(1, training_steps);
  const double single = score(one, offset_task(one.options, {-1, -2}, 64)).accuracy;
  if (!(single >= 0.45 && single <= 0.7))
    fail_check(
        "one-head",
        fmt::format("One head names {:.2f} of both tokens; it should be near the {:.2f} of a head that "
                    "knows the two but not their order.",
                    single, 1. / 12 + 11. / 24));
}

}  // namespace gradus::exercises
