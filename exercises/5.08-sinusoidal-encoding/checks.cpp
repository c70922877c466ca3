#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "exercise.h"
#include "exercises/common/checks.h"
#include "exercises/common/experiment_part.h"
#include "turns.h"

namespace gradus::exercises {
namespace {

constexpr std::int64_t length = 13, width = 8;

Array answer(std::int64_t n, std::int64_t d) {
  const Tensor pe = positional_encoding(n, d);
  expect_shape("the encoding", pe, {n, d}, "[length, d]");
  return Array(pe);
}

Array expected_encoding(std::int64_t n, std::int64_t d) {
  Array pe({n, d});
  for (std::int64_t p = 0; p < n; ++p)
    for (std::int64_t i = 0; i < d / 2; ++i) {
      const double angle = static_cast<double>(p) * frequency(i, d);
      pe(p, 2 * i) = std::sin(angle);
      pe(p, 2 * i + 1) = std::cos(angle);
    }
  return pe;
}

double dot(const Array& pe, std::int64_t p, std::int64_t other) {
  double sum = 0;
  for (std::int64_t c = 0; c < pe.size(1); ++c) sum += pe(p, c) * pe(other, c);
  return sum;
}

void shape(Trial&) {
  for (const std::int64_t n : {length, std::int64_t{1}}) answer(n, width);
}

void odd_width(Trial& t) {
  for (const std::int64_t d : {std::int64_t{7}, std::int64_t{1}, 2 * t.randint(4, 30) + 1}) {
    std::string said;
    try {
      positional_encoding(length, d);
      fail_check("odd-width", fmt::format("A width of {} is accepted; a column of it has no partner: "
                                          "refuse it with fail(\"...\").",
                                          d));
    } catch (const Error& e) { said = e.what(); } catch (const NotWritten&) {
      throw;
    } catch (const std::exception& e) {
      fail_check("odd-width", fmt::format("A width of {} gives an exception that is no gradus::Error ({}): "
                                          "refuse it with fail(\"...\").",
                                          d, e.what()));
    }
    std::string lower = said;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto says = [&](const std::string& word) { return lower.find(word) != std::string::npos; };
    if ((!says("even") && !says("odd")) || !says(std::to_string(d)))
      fail_check(
          "odd-width",
          fmt::format(
              "For d = {} your message is \"{}\": it must say \"even\" and {}. Refuse an odd width before "
              "anything else.",
              d, said, d));
  }
}

void position_0(Trial&) { expect_start(answer(length, width)); }
void pairs(Trial&) { expect_pairs(answer(length, width)); }
void steps(Trial&) { expect_even_steps(answer(4 * length, width)); }
void frequencies(Trial&) { expect_frequencies(answer(length, width)); }

/// Angles are products with the position: in float32 their error grows with it, by some 3e-7 a step.
void expect_encoding(std::int64_t n, std::int64_t d) {
  const Array pe = answer(n, d), expected = expected_encoding(n, d);
  for (std::int64_t p = 0; p < n; ++p)
    for (std::int64_t c = 0; c < d; ++c)
      if (!(std::abs(pe(p, c) - expected(p, c)) <= 1e-6 + 3e-7 * static_cast<double>(p)))
        fail_unexplained(fmt::format("For {} positions and d = {}, element [{}, {}] is {}, expected {}.", n,
                                     d, p, c, show(pe(p, c)), show(expected(p, c))));
}

void known_values(Trial&) { expect_encoding(3, 4); }

void similarity(Trial& t) {
  const Array pe = answer(60, 64);
  for (int round = 0; round < 20; ++round) {
    const std::int64_t k = t.randint(0, 30), p = t.randint(1, 30);
    if (!(std::abs(dot(pe, p, p + k) - dot(pe, 0, k)) <= 1e-3))
      fail_check(
          "similarity",
          fmt::format("The rows of positions 0 and {} have the product {}, those of {} and {} have {}: "
                      "at the same distance they must be equally alike.",
                      k, show(dot(pe, 0, k)), p, p + k, show(dot(pe, p, p + k))));
  }
}

void every_size(Trial& t) {
  for (const std::int64_t d : {2, 8, 64, 512}) expect_encoding(t.randint(1, 20), d);
  expect_encoding(t.randint(900, 1001), 64);
  for (int round = 0; round < 10; ++round) expect_encoding(t.randint(1, 50), 2 * t.randint(1, 50));
}

void experiment(Trial&) {
  fmt::print("How alike two positions are at d = 64: the product of their rows, by distance.\n\n");
  experiment_part([] {
    const Array pe = answer(200, 64);
    for (const std::int64_t k : {0, 1, 2, 3, 5, 7, 10, 20, 50, 100}) {
      const double alike = dot(pe, 0, k);
      fmt::print("{:4}  {:5.1f}  {}\n", k, alike,
                 std::string(static_cast<std::size_t>(std::max(0.0, 2 * alike)), '#'));
    }
  });
}

void numbers() {
  for (const double x : expected_encoding(3, 4).values) fmt::print("{:.6f}\n", std::abs(x));
  const Array pe = expected_encoding(51, 64);
  for (const std::int64_t k : {0, 1, 2, 5, 10, 50}) fmt::print("{:.1f}\n", dot(pe, 0, k));
}

}  // namespace

const Exercise exercise{
    {
        {"shape", "the encoding has a row for every position and d columns", shape},
        {"odd width", "an odd width is refused with a message", odd_width},
        {"position 0", "position 0 is 0, 1, 0, 1, ...", position_0},
        {"pairs", "in each pair of columns sin^2 + cos^2 is 1", pairs},
        {"steps", "each step turns a pair by the same angle, wherever it starts", steps},
        {"frequencies", "pair i turns by 1 / 10000^(2i / d) a step", frequencies},
        {"known values", "a small case worked by hand comes out", known_values},
        {"similarity", "how alike two positions are depends on their distance alone", similarity},
        {"sizes", "widths to 512 and positions to 1000 agree with double precision", every_size},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
