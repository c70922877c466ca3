#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "judge.h"
#include "parts.h"

namespace gradus::exercises {

Array judge::expect_divergences(const LanguageModel& model, const Tensor& ids) {
  const Array all = judge::maps(model, ids), maps = judge::side_by_side(all);
  const Tensor got = exercises::divergences(all.tensor());
  const std::int64_t n = maps.size(1);
  expect_shape("the divergences", judge::floats(got), {n, n}, "[L H, L H]");
  const Array right = divergences(offset_profile(maps)), values(got);
  if (distance(values, right) <= 1e-5) return right;
  Array root = right, bits = right;
  for (double& x : root.values) x = std::sqrt(std::max(0.0, x));
  for (double& x : bits.values) x /= std::log(2.);
  if (distance(values, root) <= 1e-4)
    fail_check(
        "square-root",
        "You return the root of the divergence, which is a distance; the rule is about the divergence.");
  if (distance(values, bits) <= 1e-5) fail_check("bits", "Yours are in bits: 1 / ln 2 times too large.");
  const auto read = [&](const Reading& how) { return divergences(offset_profile(maps, how)); };
  if (const auto cause = explain_reading(values, read))
    fail_check(cause->name, "Your divergences are what comes out when " + cause->sentence + ".");
  for (std::int64_t a = 0; a < n; ++a) {
    if (!(std::abs(values(a, a)) <= 1e-4))
      fail_check("diagonal", fmt::format("Head {} differs from itself by {}.", a, show(values(a, a))));
    for (std::int64_t b = 0; b < n; ++b)
      if (!(std::abs(values(a, b) - values(b, a)) <= 1e-4))
        fail_check(
            "asymmetric",
            fmt::format("From {} to {} it is {}, and back {}: the Jensen-Shannon divergence is the same in "
                        "both directions.",
                        a, b, show(values(a, b)), show(values(b, a))));
  }
  expect_close("divergence", judge::floats(got), right);
  return right;
}

void divergences_of_profiles(Trial& t) { judge::expect_divergences(judge::model(), judge::sentences(t).ids); }

void rule_for_differing(Trial& t) {
  const std::int64_t n = t.randint(5, 8), targets = t.randint(3, 6);
  const Array luck(rand({n, n + targets}));
  const double far = lab::least_divergence, needed = lab::least_damage;
  const std::string not_needed = fmt::format(
      "Removing one of them does less than {} damage anywhere: its map is another one, but nobody needs it.",
      needed);
  struct Case {
    double apart;             // the two that are furthest apart
    std::int64_t a, b;        // which they are
    std::int64_t at_a, at_b;  // what suffers most without each
    double hurt_a, hurt_b;
    const char* cause;
    std::string reply;
  };
  const std::int64_t a = t.randint(0, n - 2), b = t.randint(a + 1, n), x = t.randint(0, targets - 1),
                     y = t.randint(x + 1, targets);
  const Case cases[] = {
      {far + 0.15, a, b, x, y, 0.5, 0.2, "denied",
       "They are apart, and each removal hurts another prediction: they differ."},
      {far + 1e-5, a, b, y, x, needed + 1e-6, needed + 1e-6, "denied",
       fmt::format("At least {} and at least {} are reached: they differ.", far, needed)},
      {far - 0.01, a, b, x, y, 0.5, 0.5, "threshold",
       fmt::format("Their profiles are less than {} apart: they do not differ.", far)},
      {far + 0.15, a, b, x, x, 0.5, 0.2, "damage-ignored",
       "Both removals hurt the same prediction most: two heads for one job do not differ."},
      {far + 0.15, a, b, x, y, 0.5, needed - 0.01, "damage-ignored", not_needed},
      {far + 0.15, a, b, x, y, needed - 0.01, 0.5, "damage-ignored", not_needed},
  };
  for (const Case& c : cases) {
    // Others are closer to each other; what suffers most without them is y, except for one that hurts x.
    Array d({n, n}), lost({n, targets});
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < i; ++j) d(i, j) = d(j, i) = (far - 0.02) * luck(i, j);
      for (std::int64_t k = 0; k < targets; ++k)
        lost(i, k) = 0.03 * luck(i, n + k) - (k % 2 ? 0 : 0.6 * luck(i, k));
      if (i != c.a && i != c.b) lost(i, i % 2 ? x : y) = 0.4;
    }
    d(c.a, c.b) = d(c.b, c.a) = c.apart;
    lost(c.a, c.at_a) = c.hurt_a;
    lost(c.b, c.at_b) = c.hurt_b;
    const bool right = judge::heads_differ(d, lost);
    if (heads_differ(d.tensor(), lost.tensor()) != right)
      fail_check(
          c.cause,
          fmt::format("Heads {} and {} are furthest apart, by {}; without them prediction {} loses {}, and "
                      "prediction {} loses {}. {}",
                      c.a, c.b, show(c.apart), c.at_a, show(c.hurt_a), c.at_b, show(c.hurt_b), c.reply));
  }
}

}  // namespace gradus::exercises
