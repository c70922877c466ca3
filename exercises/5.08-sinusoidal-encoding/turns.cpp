#include "turns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "exercises/common/checks.h"

namespace gradus::exercises {
namespace {

constexpr double pi = std::numbers::pi;

bool near(double a, double b, double within = tolerance) { return std::abs(a - b) <= within; }

/// The one value of all.
std::optional<double> constant(const std::vector<double>& values) {
  for (const double x : values)
    if (!near(x, values[0], 1e-3 * std::abs(values[0]))) return {};
  return values[0];
}

}  // namespace

double frequency(std::int64_t i, std::int64_t d) {
  return std::pow(10000.0, -2 * static_cast<double>(i) / static_cast<double>(d));
}

void expect_start(const Array& pe) {
  const std::int64_t d = pe.size(1);
  const auto is = [&](auto wanted) {
    for (std::int64_t c = 0; c < d; ++c)
      if (!near(pe(0, c), wanted(c))) return false;
    return true;
  };
  if (is([](std::int64_t c) { return static_cast<double>(c % 2); })) return;
  if (is([](std::int64_t c) { return static_cast<double>(1 - c % 2); }))
    fail_check(
        "swapped",
        "Position 0 is 1, 0, 1, 0, ...: sine and cosine are swapped. Even columns hold sines, sin 0 = 0.");
  if (is([d](std::int64_t c) { return static_cast<double>(2 * c / d); }))
    fail_check("halves",
               "All sines come first, then all cosines. The right numbers, but here the columns alternate: "
               "sine, cosine, "
               "sine, cosine (Transformer-XL uses your order).");
  if (is([](std::int64_t) { return 0.0; }))
    fail_check("only-sines", "Position 0 is all 0: odd columns hold cosines, and cos 0 = 1.");
  if (is([](std::int64_t) { return 1.0; }))
    fail_check("only-cosines", "Position 0 is all 1: even columns hold sines, and sin 0 = 0.");
  if (near(pe(0, 0), std::sin(1.0)) && near(pe(0, 1), std::cos(1.0)))
    fail_check(
        "one-based",
        "Position 0 begins with sin 1 and cos 1: positions count from 0, and position 0 is 0, 1, 0, 1, ...");
  for (std::int64_t c = 0; c < d; ++c)
    if (!near(pe(0, c), static_cast<double>(c % 2)))
      fail_check("position-0",
                 fmt::format(
                     "Column {} of position 0 is {}; the angle is 0 there, and position 0 is 0, 1, 0, 1, ...",
                     c, show(pe(0, c))));
}

void expect_pairs(const Array& pe) {
  std::vector<double> squares;
  for (std::int64_t p = 0; p < pe.size(0); ++p)
    for (std::int64_t c = 0; c < pe.size(1); c += 2)
      squares.push_back(pe(p, c) * pe(p, c) + pe(p, c + 1) * pe(p, c + 1));
  const auto pairs = pe.size(1) / 2;
  for (std::size_t at = 0; at < squares.size(); ++at) {
    if (near(squares[at], 1)) continue;
    const auto p = static_cast<std::int64_t>(at) / pairs, i = static_cast<std::int64_t>(at) % pairs;
    fail_check("pair-frequencies",
               fmt::format(
                   "At position {} columns {} and {} have squares that sum to {:.4f}, not to 1: their angles "
                   "differ. A sine and its cosine share one frequency, that of their pair i = {}.",
                   p, 2 * i, 2 * i + 1, squares[at], i));
  }
}

void expect_even_steps(const Array& pe) {
  for (std::int64_t i = 0; i < pe.size(1) / 2; ++i)
    for (std::int64_t p = 0; p + 1 < pe.size(0); ++p) {
      const auto angle = [&](std::int64_t at) { return std::atan2(pe(at, 2 * i), pe(at, 2 * i + 1)); };
      const double first = angle(1), here = angle(p + 1) - angle(p);
      if (near(std::remainder(here - first, 2 * pi), 0, 1e-4)) continue;
      fail_check("uneven-steps",
                 fmt::format("Pair {} turns by {:.2f} from position 0 to 1, and by {:.2f} from {} to {}: its "
                             "angle must grow by the "
                             "same amount at each step. Is a quotient rounded, or the position not a factor?",
                             i, first, std::remainder(here, 2 * pi), p, p + 1));
    }
}

void expect_frequencies(const Array& pe) {
  const std::int64_t d = pe.size(1), pairs = d / 2;
  std::vector<double> turn, right, powers;
  for (std::int64_t i = 0; i < pairs; ++i) {
    turn.push_back(std::atan2(pe(1, 2 * i), pe(1, 2 * i + 1)));
    right.push_back(frequency(i, d));
    if (i > 0) powers.push_back(std::log(turn.back()) / std::log(right.back()));
  }
  /// Whether pair i turns by wanted(i), up to whole turns.
  const auto fits = [&](auto wanted) {
    for (std::size_t i = 0; i < turn.size(); ++i) {
      const double w = wanted(i);
      if (!near(std::remainder(w - turn[i], 2 * pi), 0, 1e-4 * std::abs(w))) return false;
    }
    return true;
  };
  if (fits([&](std::size_t i) { return right[i]; })) return;
  const std::string evidence = fmt::format("\n[fits all {} pairs of d = {}]", pairs, d);

  if (fits([](std::size_t) { return 1.0; }))
    fail_check(
        "integer-division",
        "Every pair turns by 1 a step: all exponents are 0. In C++ 2 * i / d of two integers is an integer, "
        "0 for every pair: make one of them a double first." +
            evidence);
  if (std::all_of(turn.begin(), turn.end(), [](double x) { return near(x, 0, 1e-7); }))
    fail_check(
        "angle-zero",
        "All angles are 0 at position 1: is the position divided as a whole number? `p / 10000` of whole "
        "numbers is 0. Make one of them a double first." +
            evidence);
  if (fits([&](std::size_t i) { return 1 / right[i]; }))
    fail_check(
        "exponent-sign",
        "Later pairs turn faster: positions are divided by 10000^(2i / d), not multiplied." + evidence);
  if (fits([&](std::size_t i) { return right[turn.size() - 1 - i]; }))
    fail_check(
        "order",
        "The frequencies are right, their order is not: pair 0 turns fastest, the last slowest." + evidence);

  // The same power of every frequency: another exponent, or another base.
  if (const auto power = constant(powers); power && near(turn[0], 1)) {
    const double r = *power, width = static_cast<double>(d), positions = static_cast<double>(pe.size(0));
    if (near(r, 0.5, 1e-3))
      fail_check("exponent-halved",
                 "Your exponent behaves as if it were i / d: it is 2i / d, with i the number of the pair." +
                     evidence);
    if (near(r, 2, 1e-3))
      fail_check("exponent-doubled",
                 "Your exponent behaves as if it were 4i / d: the 2 is counted twice. A loop that goes 0, 2, "
                 "4, ... "
                 "over the columns has 2i already." +
                     evidence);
    if (near(r, width / (width - 2), 1e-3))
      fail_check(
          "exponent-denominator",
          "Your exponent behaves as if it were 2i / (d - 2), so that it ends at 1: it is 2i / d." + evidence);
    if (near(r, width / positions, 1e-3))
      fail_check(
          "exponent-denominator",
          "Your exponent is divided by the number of positions: it is 2i / d, d the number of columns." +
              evidence);
    fail_check("base", fmt::format("Your frequencies fit a base of {:.4g}; expected 10000.{}",
                                   std::pow(10000.0, r), evidence));
  }

  // A multiple of every frequency. The slowest pair is sure not to have turned round.
  const double factor = turn.back() / right.back();
  if (fits([&](std::size_t i) { return factor * right[i]; })) {
    if (near(factor, pi / 180, 1e-4))
      fail_check("degrees",
                 "Your angles behave as degrees: sine and cosine take the quotient as it is, in radians." +
                     evidence);
    if (near(factor, frequency(1, d), 1e-4))
      fail_check(
          "pairs-one-based",
          "Pair 0 turns as pair 1 should, and so on: pairs count from 0, and pair 0 turns by 1 a step." +
              evidence);
    fail_check("angle-factor",
               fmt::format("Your angles are {:.4g} times what they should be; pair 0 turns by 1 a step.{}",
                           factor, evidence));
  }
  for (std::size_t i = 0; i < turn.size(); ++i)
    if (!near(turn[i], right[i], 1e-4 * right[i]))
      fail_unexplained(fmt::format("Pair {} turns by {:.4g} a step; expected {:.4g}.", i, turn[i], right[i]));
}

}  // namespace gradus::exercises
