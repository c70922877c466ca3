#include "judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gradus/autograd/modes.h"

namespace gradus::exercises::judge {

constexpr double infinity = std::numeric_limits<double>::infinity();

// ----- weights

namespace {

bool is_blocked(MaskRecipe::Keys keys, std::int64_t i, std::int64_t j) {
  using Keys = MaskRecipe::Keys;
  switch (keys) {
    case Keys::later: return j > i;
    case Keys::itself_too: return j >= i;
    case Keys::earlier: return j < i;
    case Keys::not_later: return j <= i;
    case Keys::none: return false;
    case Keys::one_late: return j > i + 1;
  }
  return false;
}

}  // namespace

Array masked_weights(const Array& scores, double blocked, const MaskRecipe& recipe) {
  using How = MaskRecipe::How;
  const std::int64_t n = scores.size(0);
  Array a = scores;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      if (!is_blocked(recipe.keys, i, j) || recipe.how == How::after) continue;
      a(i, j) = recipe.how == How::infinite ? -infinity : blocked + (recipe.how == How::added ? a(i, j) : 0);
    }
  a = recipe.over_queries ? transposed(softmax(transposed(a))) : softmax(a);
  if (recipe.how == How::after)
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        if (is_blocked(recipe.keys, i, j)) a(i, j) = 0;
  return a;
}

std::optional<Cause> explain_weights(const std::vector<MaskRun>& runs) {
  using R = MaskRecipe;
  const std::vector<std::pair<R, Cause>> known = {
      {{.keys = R::Keys::itself_too},
       {"mask-strict", "a position may not attend to itself; then the first one has nothing to attend to"}},
      {{.keys = R::Keys::earlier},
       {"mask-transposed", "the past is blocked and the future open: row = query, column = key"}},
      {{.keys = R::Keys::not_later},
       {"mask-inverted", "all that may be seen is blocked, and only the future left"}},
      {{.keys = R::Keys::none}, {"mask-ignored", "nothing is blocked"}},
      {{.keys = R::Keys::one_late},
       {"mask-off-by-one", "position t may still see t + 1, which is what it is asked for"}},
      {{.how = R::How::added},
       {"blocked-added", "`blocked` is added to the score of a later key; it takes the score's place"}},
      {{.how = R::How::infinite},
       {"blocked-ignored", "later keys have the score -inf, whatever `blocked` is"}},
      {{.how = R::How::after},
       {"mask-after-softmax",
        "weights of later keys are set to 0 after the softmax, so rows sum to less than 1"}},
      {{.over_queries = true},
       {"softmax-axis", "the softmax runs over the queries; each query shares out its weight over the keys"}},
  };
  for (const auto& [recipe, cause] : known)
    if (std::all_of(runs.begin(), runs.end(), [&how = recipe](const MaskRun& run) {
          return distance(run.got, masked_weights(run.scores, run.blocked, how)) <= 1e-5;
        }))
      return cause;
  return {};
}

double leak(const Array& weights, Leak how) {
  const std::int64_t n = weights.size(0);
  double largest = 0, sum = 0, count = 0;
  for (std::int64_t i = 0; i < (how == Leak::from_first ? 1 : n); ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const bool counts = how == Leak::earlier         ? j < i
                          : how == Leak::with_diagonal ? j >= i
                                                       : j > i || how == Leak::everywhere;
      if (!counts) continue;
      largest = std::max(largest, weights(i, j));
      sum += weights(i, j);
      count += 1;
    }
  if (how == Leak::sum) return sum;
  return how == Leak::mean ? sum / std::max(count, 1.0) : largest;
}

std::optional<Cause> explain_leak(const std::vector<LeakRun>& runs) {
  const std::vector<std::pair<Leak, Cause>> known = {
      {Leak::everywhere, {"leak-everywhere", "the largest of all weights is meant; only later keys leak"}},
      {Leak::with_diagonal, {"leak-diagonal", "what a position gives to itself is a leak too"}},
      {Leak::earlier,
       {"leak-transposed", "what goes to earlier keys is the leak: row = query, column = key"}},
      {Leak::mean, {"leak-mean", "the mean over later keys is wanted; it is the largest"}},
      {Leak::sum, {"leak-sum", "the sum over later keys is wanted; it is the largest"}},
      {Leak::from_first, {"leak-first-row", "only the first query counts"}}};
  for (const auto& [how, cause] : known)
    if (std::all_of(runs.begin(), runs.end(), [way = how](const LeakRun& run) {
          return std::abs(run.got - leak(run.weights, way)) <= 1e-5;
        }))
      return cause;
  return {};
}

// ----- losses

namespace {

using Sees = LossRecipe::Sees;

/// What the model says about position t of all sequences, having seen as much of them as the recipe allows.   [B, V]
Array logits_at(const Tiny& model, const Tensor& ids, std::int64_t t, Sees sees) {
  const NoGrad off;
  const std::int64_t length = ids.size(1);
  const std::int64_t begin = sees == Sees::own_token ? t : 0, end = sees == Sees::everything ? length
                                                                    : sees == Sees::prefix_and_next
                                                                        ? std::min(t + 2, length)
                                                                        : t + 1;
  const std::int64_t row = sees == Sees::own_token || sees == Sees::first_of_prefix ? 0 : t;
  const Array all(model(ids.slice(1, begin, end)));  // [B, end - begin, 1, V]
  Array at({all.size(0), all.size(3)});
  for (std::int64_t b = 0; b < at.size(0); ++b)
    for (std::int64_t v = 0; v < at.size(1); ++v) at(b, v) = all(b, row, std::int64_t{0}, v);
  return at;
}

}  // namespace

double loss(const Tiny& model, const Tensor& ids, const LossRecipe& recipe) {
  using Target = LossRecipe::Target;
  using Measure = LossRecipe::Measure;
  const std::int64_t batch = ids.size(0), length = ids.size(1);
  const std::vector<std::int64_t> token = ids.to_vector<std::int64_t>();
  const std::int64_t shift = recipe.target == Target::next ? 1 : recipe.target == Target::previous ? -1 : 0;
  const std::int64_t end = length - (recipe.target == Target::next || recipe.target == Target::own ? 1 : 0);
  double total = 0, count = 0, last = 0, first = 0;
  for (std::int64_t t = shift < 0 ? 1 : 0; t < end; ++t) {
    const Array logits = logits_at(model, ids, t, recipe.sees);
    last = 0;
    for (std::int64_t b = 0; b < batch; ++b)
      last += loss_of(logits.row(b), token[static_cast<std::size_t>(b * length + t + shift)]);
    last /= static_cast<double>(batch);
    if (count == 0) first = last;
    total += last;
    count += 1;
  }
  switch (recipe.measure) {
    case Measure::mean: break;
    case Measure::per_length: return total / static_cast<double>(length);
    case Measure::sum: return total;
    case Measure::last: return last;
    case Measure::first: return first;
  }
  return total / count;
}

std::optional<Cause> explain_loss(double got, const Tiny& model, const Tensor& ids, Sees right) {
  using R = LossRecipe;
  const std::vector<std::pair<R, Cause>> known = {
      {{.sees = right, .target = R::Target::own},
       {"target-not-shifted", "position t is asked for token t, which it has read; it is asked for t + 1"}},
      {{.sees = right, .target = R::Target::own_and_last},
       {"target-not-shifted", "position t is asked for token t, which it has read; it is asked for t + 1"}},
      {{.sees = right, .target = R::Target::previous},
       {"predicts-previous", "position t is asked for token t - 1; it is asked for t + 1"}},
      {{.sees = Sees::everything},
       {"prefix-too-long", "every position has seen the whole sequence; cut it off after position t"}},
      {{.sees = Sees::prefix_and_next},
       {"prefix-too-long",
        "the prefix holds token t + 1, which is what is asked for; slice's end does not count"}},
      {{.sees = Sees::prefix},
       {"prefix-too-short", "position t has seen no more than its prefix; here the whole text is there"}},
      {{.sees = Sees::own_token},
       {"token-only", "position t has seen its own token alone; it has the prefix before it"}},
      {{.sees = Sees::first_of_prefix},
       {"prefix-row",
        "the first position of each prefix is asked; it is the last that the next token follows"}},
      {{.sees = right, .measure = R::Measure::per_length},
       {"divided-by-length", "the sum is divided by T; only T - 1 positions have a next token"}},
      {{.sees = right, .measure = R::Measure::sum},
       {"not-averaged", "the positions' losses are added up; divide by their number"}},
      {{.sees = right, .measure = R::Measure::last}, {"last-only", "only the last prediction counts"}},
      {{.sees = right, .measure = R::Measure::first}, {"first-only", "only the first prediction counts"}},
  };
  for (const auto& [recipe, cause] : known)
    if (recipe.sees != right || recipe.target != R::Target::next || recipe.measure != R::Measure::mean)
      if (std::abs(got - loss(model, ids, recipe)) <= 1e-5 * (1 + std::abs(got))) return cause;
  return {};
}

}  // namespace gradus::exercises::judge
