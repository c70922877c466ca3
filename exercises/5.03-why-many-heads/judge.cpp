#include "judge.h"

#include <algorithm>
#include <cmath>

#include "exercises/common/least_squares.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises::judge {

const std::vector<std::pair<Role, std::string>> roles = {
    {Role::previous, "previous"},     {Role::first, "first"},         {Role::current, "current"},
    {Role::same_token, "same_token"}, {Role::induction, "induction"}, {Role::uniform, "uniform"}};

std::string name_of(Role role) {
  for (const auto& [k, name] : roles)
    if (k == role) return name;
  return "";
}

// ----- what heads lose of two tokens

double copy_loss(const Array& windows, const Array& patterns, const LossRecipe& recipe) {
  using Heads = LossRecipe::Heads;
  using Targets = LossRecipe::Targets;
  using Measure = LossRecipe::Measure;
  const std::int64_t n = windows.size(0), k = windows.size(1), d = windows.size(2), heads = patterns.size(0);
  const bool added = recipe.heads == Heads::added;
  Array x({n, (added ? 1 : heads) * d});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t j = 0; j < k; ++j)
        for (std::int64_t c = 0; c < d; ++c)
          x(i, (added ? 0 : h) * d + c) += patterns(h, j) * windows(i, j, c);

  std::vector<std::int64_t> wanted = {0, 1};
  if (recipe.targets == Targets::first) wanted = {0};
  if (recipe.targets == Targets::later) wanted = {1, 2};
  if (recipe.targets == Targets::swapped_window) wanted = {k - 1, k - 2};
  const std::int64_t q = std::ssize(wanted) * d;
  Array y({n, q});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < q; ++c) y(i, c) = windows(i, wanted[static_cast<std::size_t>(c / d)], c % d);

  const Array w = least_squares(x, y);
  double lost = 0, all = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < q; ++c) {
      double error = -y(i, c);
      for (std::int64_t p = 0; p < x.size(1); ++p) error += x(i, p) * w(p, c);
      lost += error * error;
      all += y(i, c) * y(i, c);
    }
  switch (recipe.measure) {
    case Measure::share: break;
    case Measure::explained: return 1 - lost / all;
    case Measure::root: return std::sqrt(lost / all);
    case Measure::mean: return lost / static_cast<double>(n * q);
    case Measure::sum: return lost;
  }
  return lost / all;
}

double best_of_one_head(const Array& windows, std::int64_t steps, Sweep sweep) {
  const std::int64_t k = windows.size(1);
  double best = INFINITY;
  for (std::int64_t i = 0; i <= steps; ++i)
    for (std::int64_t j = 0; i + j <= steps || (sweep == Sweep::square && j <= steps); ++j) {
      if (sweep == Sweep::edge && i + j < steps) continue;
      if (sweep == Sweep::inside && i + j == steps) continue;
      if (sweep == Sweep::corners && i != steps && j != steps) continue;
      if (sweep == Sweep::whole_numbers && ((i > 0 && i < steps) || (j > 0 && j < steps))) continue;
      const double part = 1 / static_cast<double>(steps), a = static_cast<double>(i) * part,
                   b = static_cast<double>(j) * part;
      const std::int64_t shares = sweep == Sweep::heavy_rest ? 1 : sweep == Sweep::thin_rest ? k : k - 2;
      Array pattern({1, k}, (1 - a - b) / static_cast<double>(shares));
      pattern.values[0] = a;
      pattern.values[1] = b;
      const double loss = copy_loss(windows, pattern);
      best = std::min(best, sweep == Sweep::worst ? -loss : loss);
    }
  return sweep == Sweep::worst ? -best : best;
}

std::optional<Cause> explain_sweep(const std::vector<SweepRun>& runs) {
  const std::vector<std::pair<Sweep, Cause>> known = {
      {Sweep::edge,
       {"sweep-edge", "only patterns with a + b = 1 are tried; other tokens may get weight too"}},
      {Sweep::inside, {"sweep-inside", "patterns with a + b = 1 are left out"}},
      {Sweep::corners,
       {"sweep-corners",
        "all weight goes to one of the two tokens; try what lies between (`i / steps` of whole numbers is 0 "
        "or 1)"}},
      {Sweep::whole_numbers,
       {"sweep-whole-numbers",
        "a and b are 0 or 1 and nothing between: `i / steps` of whole numbers is 0 for all i below steps"}},
      {Sweep::heavy_rest,
       {"rest-not-spread", "each of the other tokens gets the whole rest; they share it, 1 - a - b in all"}},
      {Sweep::thin_rest,
       {"rest-not-spread",
        "the rest is divided by K; only the other K - 2 tokens share it, 1 - a - b in all"}},
      {Sweep::square,
       {"sweep-too-wide",
        "pairs with a + b > 1 are tried, too: the rest is below 0 there, and no attention gives such "
        "weights"}},
      {Sweep::worst, {"sweep-worst", "the largest loss of the sweep is returned; wanted is the smallest"}}};
  for (const auto& [sweep, cause] : known)
    if (std::all_of(runs.begin(), runs.end(), [way = sweep](const SweepRun& run) {
          const double loss = best_of_one_head(run.windows, run.steps, way);
          return std::abs(run.got - loss) <= 1e-5 * (1 + loss);
        }))
      return cause;
  return {};
}

double expected_loss(double a, double b, double c, std::int64_t others) {
  const double told = a * a + b * b;
  return (2 - told / (told + static_cast<double>(others) * c * c)) / 2;
}

std::optional<Cause> explain_loss(double got, const Array& windows, const Array& patterns) {
  using R = LossRecipe;
  const std::vector<std::pair<R, Cause>> known = {
      {{.heads = R::Heads::added},
       {"heads-added", "the heads' mixtures are added up; side by side, the readout can tell them apart"}},
      {{.targets = R::Targets::first},
       {"one-token", "only the previous token has to be copied; the one before it counts as much"}},
      {{.targets = R::Targets::later},
       {"wrong-tokens", "tokens 1 and 2 of a window are the targets; the nearest are 0 and 1"}},
      {{.targets = R::Targets::swapped_window},
       {"wrong-tokens", "the last two tokens of a window are the targets; the nearest stand first"}},
      {{.measure = R::Measure::explained},
       {"share-explained", "it is the share that the readout gets right; wanted is what it loses"}},
      {{.measure = R::Measure::root}, {"root", "a root is taken: the loss is a ratio of sums of squares"}},
      {{.measure = R::Measure::mean},
       {"not-normalised",
        "the squared error is averaged over all numbers; divide its sum by the targets' sum "
        "of squares"}},
      {{.measure = R::Measure::sum},
       {"not-normalised", "the squared errors are summed only; divide them by the targets' sum of squares"}},
  };
  for (const auto& [recipe, cause] : known)
    if (std::abs(got - copy_loss(windows, patterns, recipe)) <= 1e-5 * (1 + std::abs(got))) return cause;
  return {};
}

// ----- what a head does

namespace {

bool is_key(Role role, const Tokens& tokens, std::int64_t i, std::int64_t j, const ScoreRecipe& recipe) {
  using Induction = ScoreRecipe::Induction;
  const auto token = [&](std::int64_t p) { return tokens[static_cast<std::size_t>(p)]; };
  switch (role) {
    case Role::previous: return j == i - 1;
    case Role::first: return j == 0;
    case Role::current: return j == i;
    case Role::same_token: return (j < i || recipe.copy_self) && token(j) == token(i);
    case Role::induction:
      if (recipe.induction == Induction::copy) return j < i && token(j) == token(i);
      if (recipe.induction == Induction::before) return j < i && token(j + 1) == token(i);
      return j > 0 && token(j - 1) == token(i) && (j < i || recipe.induction == Induction::after);
    case Role::uniform: break;
  }
  return true;
}

double entropy_share(double nats, std::int64_t keys, std::int64_t length, ScoreRecipe::Entropy measure) {
  using Entropy = ScoreRecipe::Entropy;
  switch (measure) {
    case Entropy::share: break;
    case Entropy::nats: return nats;
    case Entropy::bits: return nats / std::log(2.0);
    case Entropy::longest: return nats / std::log(static_cast<double>(length));
    case Entropy::fewer: return nats / std::log(static_cast<double>(keys - 1));
  }
  return nats / std::log(static_cast<double>(keys));
}

}  // namespace

double role_score(Role role, const Array& weights, const Tokens& tokens, const ScoreRecipe& recipe) {
  const std::int64_t length = weights.size(0);
  double total = 0, rows = 0;
  for (std::int64_t i = recipe.first_row; i < length; ++i) {
    double on_keys = 0, keys = 0, entropy = 0;
    for (std::int64_t j = 0; j <= i; ++j) {
      const double w = recipe.transposed ? weights(j, i) : weights(i, j);
      if (w > 0) entropy -= w * std::log(w);
      if (!is_key(role, tokens, i, j, recipe)) continue;
      keys += 1;
      on_keys += w;
    }
    if (keys > 0 || recipe.all_rows) rows += 1;
    if (keys == 0) continue;
    total += role == Role::uniform ? entropy_share(entropy, i + 1, length, recipe.entropy)
                                   : on_keys / (recipe.key_mean ? keys : 1);
  }
  return rows > 0 ? total / rows : 0;
}

std::optional<Cause> explain_score(double got, Role role, const Array& weights, const Tokens& tokens) {
  using R = ScoreRecipe;
  const std::vector<std::pair<R, Cause>> known = {
      {{.transposed = true},
       {"transposed", "row and column are exchanged; weights(i, j) is what query i gives to key j"}},
      {{.first_row = 0}, {"first-rows", "rows before 2 count, too; they see too little to tell roles apart"}},
      {{.first_row = 1},
       {"first-rows", "rows before 2 count, too; in row 1 the previous token is the first one"}},
      {{.first_row = 3}, {"first-rows", "row 2 does not count"}},
      {{.all_rows = true},
       {"rows-without-keys",
        "rows that have no such key count as 0; a head cannot look at what is not there"}},
      {{.key_mean = true},
       {"keys-averaged",
        "the weights on a row's keys are averaged; their sum is what the head spends there"}},
      {{.copy_self = true},
       {"same-token-self", "the query itself is one of its copies; only earlier ones are (j < i)"}},
      {{.induction = R::Induction::copy},
       {"induction-copy", "the earlier copy itself is the key; induction looks at the token after it"}},
      {{.induction = R::Induction::before},
       {"induction-before",
        "the token before the earlier copy is the key; induction looks at the one after it"}},
      {{.induction = R::Induction::not_itself},
       {"induction-last",
        "j = i is no key; where the token just before is a copy, what followed it is i itself"}},
      {{.entropy = R::Entropy::nats},
       {"entropy-share", "the entropy is left in nats; divide it by the largest that i + 1 keys allow"}},
      {{.entropy = R::Entropy::bits},
       {"entropy-share", "the entropy is left in bits; divide it by the largest that i + 1 keys allow"}},
      {{.entropy = R::Entropy::longest},
       {"entropy-share", "every row is compared with ln T; row i sees i + 1 keys, so ln(i + 1)"}},
      {{.entropy = R::Entropy::fewer},
       {"entropy-share", "row i is compared with ln(i); it sees i + 1 keys, itself among them"}},
  };
  for (const auto& [recipe, cause] : known)
    if (std::abs(got - role_score(role, weights, tokens, recipe)) <= 1e-5) return cause;
  return {};
}

Tokens random_tokens(std::int64_t length, std::int64_t vocab) {
  return randint(0, vocab, {length}).to_vector<std::int64_t>();
}

Array head_of(Role role, const Tokens& tokens, double noise) {
  const std::int64_t length = std::ssize(tokens);
  Array a = weights(Array(randn({1, length, 4})), Array(randn({1, length, 4})), causal_mask(length));
  a.shape = {length, length};
  for (std::int64_t i = 0; i < length; ++i) {
    double keys = 0;
    for (std::int64_t j = 0; j <= i; ++j) keys += is_key(role, tokens, i, j, {});
    if (keys == 0) continue;
    for (std::int64_t j = 0; j <= i; ++j)
      a(i, j) = noise * a(i, j) + (1 - noise) * is_key(role, tokens, i, j, {}) / keys;
  }
  return a;
}

Role label(const Array& weights, const Tokens& tokens) {
  Role best = Role::previous;
  double highest = -1;
  for (const auto& [role, name] : roles) {
    const double s = role_score(role, weights, tokens);
    if (s > highest) highest = s, best = role;
  }
  return best;
}

}  // namespace gradus::exercises::judge
