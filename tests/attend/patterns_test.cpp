#include "tools/lab/patterns.h"

#include <doctest/doctest.h>

#include <vector>

#include "attend/planted.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "tools/lab/metrics.h"

using namespace gradus;
using namespace gradus::lab;
using namespace planted;

namespace {

constexpr double tolerance = 1e-12;
using Numbers = std::vector<long double>;

/// The mean over the rows from `first` on of f(A, q).
template <class F> Values row_mean(const Tensor& maps, std::int64_t first, F f) {
  return for_each(maps, [&](const auto& A, std::int64_t T) {
    long double sum = 0;
    for (std::int64_t q = first; q < T; ++q) sum += f(A, q);
    return Numbers{sum / static_cast<long double>(T - first)};
  });
}

/// The mean over the rows from `first` on of the weight on the visible keys that are wanted.
template <class F> Values mass(const Tensor& maps, std::int64_t first, F wanted) {
  return row_mean(maps, first, [&](const auto& A, std::int64_t q) {
    long double sum = 0;
    for (std::int64_t k = 0; k <= q; ++k) sum += wanted(q, k) ? A(q, k) : 0;
    return sum;
  });
}

std::vector<bool> every_third(std::int64_t T) {
  std::vector<bool> in(static_cast<std::size_t>(T));
  for (std::size_t k = 0; k < in.size(); ++k) in[k] = k % 3 == 1;
  return in;
}

double only(const Tensor& score) { return score.item(); }

}  // namespace

TEST_CASE("each score of random maps is what its definition gives, key by key, from whichever row on") {
  manual_seed(1);
  for (const Shape& shape : {Shape{20, 20}, Shape{3, 23, 23}, Shape{2, 3, 18, 18}, Shape{2, 1, 2, 19, 19}})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      const Tensor maps = random_maps(shape, dtype);
      const std::int64_t T = shape.back();
      const std::vector<bool> in = every_third(T);
      CAPTURE(to_string(shape));
      for (const std::int64_t first : {0, 1, 2, 3, 8, 15}) {
        CAPTURE(first);
        for (const std::int64_t d : {0, 1, 2, 5, 14}) {
          const std::int64_t from = std::max(first, d + 1);
          const auto stripe = [=](std::int64_t q, std::int64_t k) { return q - k == d; };
          CHECK(distance(offset_score(maps, d, first), mass(maps, from, stripe)) <= tolerance);
          CHECK(
              distance(argmax_share(maps, d, first), row_mean(maps, from, [=](const auto& A, std::int64_t q) {
                         long double most = -1;
                         for (std::int64_t k = 0; k <= q; ++k) most = std::max(most, A(q, k));
                         return most == A(q, q - d) ? 1.0L : 0.0L;
                       })) <= tolerance);
        }
        for (const std::int64_t c : {std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, T - 1}) {
          const auto column = [=](std::int64_t, std::int64_t k) { return k == c; };
          CHECK(distance(column_score(maps, c, first), mass(maps, std::max(first, c), column)) <= tolerance);
        }
        const auto far = [](std::int64_t q, std::int64_t k) { return k > 0 && 2 * k < q; };
        CHECK(distance(far_mass(maps, first), mass(maps, first, far)) <= tolerance);
        const auto of_class = [&](std::int64_t, std::int64_t k) { return in[static_cast<std::size_t>(k)]; };
        CHECK(distance(class_mass(maps, in, first), mass(maps, first, of_class)) <= tolerance);
        CHECK(distance(sharpness(maps, first), row_mean(maps, first, [](const auto& A, std::int64_t q) {
                         long double most = 0;
                         for (std::int64_t k = 0; k <= q; ++k) most = std::max(most, A(q, k));
                         return most;
                       })) <= tolerance);
        if (first == 0) continue;
        CHECK(distance(
                  normalised_entropy(maps, first), row_mean(maps, first, [](const auto& A, std::int64_t q) {
                    long double sum = 0;  // to the base of the number of keys, which is the same
                    for (std::int64_t k = 0; k <= q; ++k)
                      sum += A(q, k) * std::log2(1 / A(q, k)) / std::log2(static_cast<long double>(q + 1));
                    return sum;
                  })) <= tolerance);
        CHECK(distance(relative_distance(maps, first), for_each(maps, [&](const auto& A, std::int64_t) {
                         long double tokens = 0, evenly = 0;
                         for (std::int64_t q = first; q < T; ++q)
                           for (std::int64_t k = 0; k <= q; ++k) {
                             tokens += A(q, k) * static_cast<long double>(q - k);
                             evenly += static_cast<long double>(q - k) / static_cast<long double>(q + 1);
                           }
                         return Numbers{tokens / evenly};
                       })) <= tolerance);
      }
      for (const std::int64_t w : {1, 2, 5, 8}) {
        const auto near = [=](std::int64_t q, std::int64_t k) { return q - k < w; };
        CHECK(distance(local_mass(maps, w), mass(maps, 2 * w, near)) <= tolerance);
      }
      CHECK(values(offset_score(maps, 3)) == values(offset_score(maps, 3, 2)));
      CHECK(values(argmax_share(maps)) == values(argmax_share(maps, 1, 2)));
      CHECK(values(column_score(maps, 1)) == values(column_score(maps, 1, 2)));
      CHECK(values(local_mass(maps)) == values(local_mass(maps, 8)));
      CHECK(values(far_mass(maps)) == values(far_mass(maps, 8)));
      CHECK(values(relative_distance(maps)) == values(relative_distance(maps, 2)));
      CHECK(values(normalised_entropy(maps)) == values(normalised_entropy(maps, 2)));
      CHECK(values(sharpness(maps)) == values(sharpness(maps, 2)));
      CHECK(values(class_mass(maps, in)) == values(class_mass(maps, in, 2)));
    }
}

TEST_CASE(
    "stripes and columns at once are the same bits as one by one, and the first ones are the old scores") {
  manual_seed(2);
  for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
    const Tensor maps = random_maps({2, 3, 9, 9}, dtype);
    CHECK(values(offset_score(maps, 0)) == values(current_token_score(maps)));
    CHECK(values(offset_score(maps, 1)) == values(previous_token_score(maps)));
    CHECK(values(column_score(maps, 0)) == values(first_token_score(maps)));
    for (const std::int64_t first : {0, 1, 2, 5}) {
      for (const std::int64_t most : {0, 1, 4, 7}) {
        const Tensor stripes = offset_scores(maps, most, first);
        REQUIRE(stripes.shape() == Shape{2, 3, most + 1});
        for (std::int64_t d = 0; d <= most; ++d)
          CHECK(values(stripes.select(-1, d)) == values(offset_score(maps, d, first)));
      }
      const Tensor columns = column_scores(maps, first);
      REQUIRE(columns.shape() == Shape{2, 3, 9});
      for (std::int64_t k = 0; k < 9; ++k)
        CHECK(values(columns.select(-1, k)) == values(column_score(maps, k, first)));
    }
    CHECK(values(offset_scores(maps, 4)) == values(offset_scores(maps, 4, 2)));
    CHECK(values(column_scores(maps)) == values(column_scores(maps, 2)));
  }
}

TEST_CASE(
    "a head that looks d tokens back scores 1 at d, and 0 at every other distance and in every column") {
  for (const std::int64_t T : {8, 12, 40})
    for (std::int64_t d = 0; d < 5; ++d) {
      const Tensor map = looks_back(T, d);
      Values stripes(6);
      stripes[static_cast<std::size_t>(d)] = 1;
      CHECK(values(offset_scores(map, 5)) == stripes);
      for (std::int64_t other = 0; other <= 5; ++other)
        CHECK(only(argmax_share(map, other)) == (other == d ? 1 : 0));
      CHECK(only(sharpness(map)) == 1);
      CHECK(only(normalised_entropy(map)) == 0);
      // A column meets the stripe once, in row k + d; above it, rows 2 ... d have only the first token to look at.
      for (std::int64_t k = 1; k < T; ++k) {
        const double rows = static_cast<double>(T - std::max<std::int64_t>(k, 2));
        const bool meets = k + d < T && k + d >= 2;
        CHECK(only(column_score(map, k)) == (meets ? 1 / rows : 0));
      }
    }
}

TEST_CASE("a head at the first token is a sink, and no stripe: rows too short for a distance are left out") {
  for (const std::int64_t T : {3, 9, 30}) {
    const Tensor sink = looks_back(T, T);
    CHECK(only(column_score(sink, 0)) == 1);
    CHECK(only(column_score(sink, 0, 0)) == 1);
    CHECK(values(offset_scores(sink, T - 2, 0)) == Values(static_cast<std::size_t>(T - 1), 0));
    CHECK(std::fabs(only(relative_distance(sink)) - 2) <= tolerance);
    for (std::int64_t k = 1; k < T; ++k) CHECK(only(column_score(sink, k)) == 0);
  }
  // Gu's alpha_0 counts rows 0 and 1 too: of a head at its own token, row 0 alone of three.
  CHECK(only(column_score(looks_back(3, 0), 0, 0)) == 1.0 / 3);
  CHECK(only(column_score(looks_back(3, 0), 0)) == 0);
  // A stripe down column 4: all rows that see it do look, the others at themselves.
  const Tensor stripe = looks_at(10, [](std::int64_t q) { return std::min<std::int64_t>(q, 4); });
  CHECK(only(column_score(stripe, 4)) == 1);
  CHECK(only(column_score(stripe, 3)) == 1.0 / 7);  // row 3 of rows 3 ... 9
  CHECK(only(column_score(stripe, 5)) == 0);
}

TEST_CASE(
    "near and far: the last tokens from row 2 w on, the first half without the first token from row 8 on") {
  const std::int64_t T = 24;
  CHECK(only(local_mass(looks_back(T, 7))) == 1);
  CHECK(only(local_mass(looks_back(T, 8))) == 0);
  CHECK(only(local_mass(looks_back(T, 2), 3)) == 1);
  CHECK(only(local_mass(looks_back(T, 3), 3)) == 0);
  CHECK(only(local_mass(looks_back(T, 0), 1)) == 1);
  CHECK(only(local_mass(looks_back(T, T))) == 0);
  const auto half = [](std::int64_t add) {
    return [=](std::int64_t q) { return q >= 8 ? (q + 1) / 2 + add : 0; };
  };
  CHECK(only(far_mass(looks_at(T, half(-1)))) == 1);  // the last key below q / 2
  CHECK(only(far_mass(looks_at(T, half(0)))) == 0);
  CHECK(only(far_mass(looks_at(T, [](std::int64_t q) { return q >= 8 ? 1 : 0; }))) == 1);
  CHECK(only(far_mass(looks_back(T, T))) == 0);  // the sink is not far
  CHECK(only(far_mass(looks_back(T, 1), 2)) == 0);
  // Row 7 is short: looking far there counts only when it is asked for.
  const Tensor row7 = looks_at(T, [](std::int64_t q) { return q == 7 ? 1 : q; });
  CHECK(only(far_mass(row7)) == 0);
  CHECK(only(far_mass(row7, 7)) == 1.0 / 17);
  CHECK(only(relative_distance(looks_back(T, 0))) == 0);
}

TEST_CASE("an even spread scores the closed form, and so does a mixture with it, in proportion") {
  // Row q has 1 / (q + 1): of rows 2, 3, 4 it is 47/60 in all.
  CHECK(std::fabs(uniform_offset_score(5, 0) - 47.0 / 180) <= tolerance);
  CHECK(std::fabs(uniform_offset_score(5, 1) - 47.0 / 180) <= tolerance);
  CHECK(std::fabs(uniform_offset_score(5, 2) - 9.0 / 40) <= tolerance);  // rows 3 and 4
  CHECK(std::fabs(uniform_offset_score(5, 3) - 1.0 / 5) <= tolerance);
  CHECK(std::fabs(uniform_offset_score(5, 0, 0) - 77.0 / 240) <= tolerance);  // rows 1 ... 4
  CHECK(std::fabs(uniform_column_score(5, 0) - 47.0 / 180) <= tolerance);
  CHECK(std::fabs(uniform_column_score(5, 0, 0) - 137.0 / 300) <= tolerance);
  CHECK(std::fabs(uniform_column_score(5, 3) - 9.0 / 40) <= tolerance);
  CHECK(std::fabs(uniform_local_mass(6, 2) - 11.0 / 30) <= tolerance);  // (2/5 + 2/6) / 2
  CHECK(std::fabs(uniform_far_mass(10) - 11.0 / 30) <= tolerance);      // (3/9 + 4/10) / 2
  CHECK(uniform_far_mass(3, 0) == 0);
  CHECK(std::fabs(uniform_far_mass(4, 0) - 1.0 / 16) <= tolerance);  // key 1 of row 3
  CHECK(std::fabs(uniform_far_mass(4000) - 0.5) <= 2e-3);
  CHECK(std::fabs(uniform_class_mass({true, false, false, true}) - 5.0 / 12) <=
        tolerance);  // (1/3 + 2/4) / 2
  CHECK(uniform_class_mass({true, true, true}) == 1);
  CHECK(uniform_class_mass({false, false, false}) == 0);

  for (const std::int64_t T : {17, 33, 64}) {
    const Tensor even = spread_evenly(T), mixed = looks_back(T, 3) * 0.7 + even * 0.3;
    const std::vector<bool> in = every_third(T);
    const auto near = [](double a, double b) { return std::fabs(a - b) <= tolerance; };
    for (const std::int64_t d : {0, 1, 2, 3, 9}) {
      CHECK(near(only(offset_score(even, d)), uniform_offset_score(T, d)));
      CHECK(near(only(offset_score(mixed, d)), (d == 3 ? 0.7 : 0) + 0.3 * uniform_offset_score(T, d)));
      CHECK(near(only(offset_score(even, d, 6)), uniform_offset_score(T, d, 6)));
      CHECK(only(argmax_share(even, d)) == 0);
      CHECK(only(argmax_share(mixed, d)) == (d == 3 ? 1 : 0));
    }
    for (const std::int64_t k : {std::int64_t{0}, std::int64_t{1}, std::int64_t{6}, T - 1}) {
      CHECK(near(only(column_score(even, k)), uniform_column_score(T, k)));
      CHECK(near(only(column_score(even, k, 0)), uniform_column_score(T, k, 0)));
    }
    CHECK(near(only(local_mass(even)), uniform_local_mass(T)));
    CHECK(near(only(local_mass(mixed)), 0.7 + 0.3 * uniform_local_mass(T)));
    CHECK(near(only(local_mass(mixed, 3)), 0.3 * uniform_local_mass(T, 3)));
    CHECK(near(only(far_mass(even)), uniform_far_mass(T)));
    CHECK(near(only(far_mass(even, 2)), uniform_far_mass(T, 2)));
    CHECK(near(only(far_mass(mixed)), 0.3 * uniform_far_mass(T)));
    CHECK(near(only(class_mass(even, in)), uniform_class_mass(in)));
    CHECK(near(only(class_mass(even, in, 0)), uniform_class_mass(in, 0)));
    CHECK(near(only(relative_distance(even)), 1));
    CHECK(near(only(relative_distance(even, 1)), 1));
    CHECK(near(only(normalised_entropy(even)), 1));
    CHECK(near(only(normalised_entropy(even, 1)), 1));
    CHECK(near(only(sharpness(even)), uniform_causal_score(T)));
    CHECK(near(only(sharpness(mixed, 4)), 0.7 + 0.3 * uniform_causal_score(T, 4)));
  }
}

TEST_CASE(
    "entropy is measured against what a row sees: two of four keys are half, in row 3 as if there were no "
    "more") {
  const Tensor map = looks_back(4, 0);
  at(map, 3, 1) = at(map, 3, 3) = 0.5;
  CHECK(std::fabs(only(normalised_entropy(map, 3)) - 0.5) <= tolerance);
  CHECK(std::fabs(only(normalised_entropy(map)) - 0.25) <= tolerance);  // row 2 has none
  at(map, 2, 0) = at(map, 2, 2) = 0.5;
  CHECK(std::fabs(only(normalised_entropy(map)) - (0.5 + ln2 / std::log(3)) / 2) <= tolerance);
}

TEST_CASE("the largest weight has no equal: ties are nobody's, and by how much does not matter") {
  const Tensor map = looks_back(5, 1);
  CHECK(only(argmax_share(map)) == 1);
  at(map, 3, 2) = at(map, 3, 0) = 0.5;
  CHECK(std::fabs(only(argmax_share(map)) - 2.0 / 3) <= tolerance);
  at(map, 3, 2) = std::nextafter(0.5, 1);
  CHECK(only(argmax_share(map)) == 1);
  at(map, 3, 0) = 0.6;
  CHECK(std::fabs(only(argmax_share(map)) - 2.0 / 3) <= tolerance);
  CHECK(only(argmax_share(zeros({5, 5}))) == 0);
  CHECK(only(argmax_share(tensor({{1.0, 0.0}, {0.0, 1.0}}, Dtype::float64), 0, 1)) == 1);
}

TEST_CASE("variability: 0 for a head that goes by position, 1 - 1 / N when no two texts agree, per text") {
  manual_seed(3);
  const std::int64_t N = 4, T = 12;
  const Tensor fixed = random_maps({2, T, T});
  const Tensor same = stack(std::vector<Tensor>(static_cast<std::size_t>(N), fixed));  // [N, 2, T, T]
  CHECK(values(variability(same, fixed)) == Values(8, 0));
  CHECK(variability(same, fixed).shape() == Shape{N, 2});

  std::vector<Tensor> apart;  // from row 3 on no two of these look at the same key
  for (std::int64_t n = 0; n < N; ++n)
    apart.push_back(looks_at(T, [=](std::int64_t q) { return std::max<std::int64_t>(q - n, 0); }));
  const Tensor texts = stack(apart);
  CHECK(distance(variability(texts, texts.mean({0}), 3), Values(4, 0.75)) <= tolerance);
  // Against nothing at all, half of the mass is missing; against another head, all of it is elsewhere.
  CHECK(values(variability(texts, zeros({T, T}))) == Values(4, 0.5));
  CHECK(values(variability(texts.slice(0, 1, 2), texts[2])) == Values{1});
  CHECK(values(variability(texts.slice(0, 1, 2), texts[2], 1)) ==
        Values{10.0 / 11});  // row 1: both at the first

  const Tensor maps = random_maps({N, 2, 3, T, T}), mean = maps.mean({0});
  const Values usual = values(mean);
  for (const std::int64_t first : {0, 2, 7})
    for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
      std::size_t head = 0;
      const auto naive = for_each(maps, [&](const auto& A, std::int64_t) {
        long double differs = 0, sum = 0;
        for (std::int64_t q = first; q < T; ++q)
          for (std::int64_t k = 0; k <= q; ++k) {
            differs += std::fabs(A(q, k) - usual[head * T * T + static_cast<std::size_t>(q * T + k)]);
            sum += A(q, k);
          }
        head = (head + 1) % 6;
        return Numbers{differs / (2 * sum)};
      });
      const Tensor result = variability(maps.to(dtype), mean, first);
      CHECK(result.shape() == Shape{N, 2, 3});
      CHECK(distance(result, naive) <= (dtype == Dtype::float64 ? tolerance : 1e-6));
      CHECK(distance(variability(maps, mean.to(Dtype::float32), first), naive) <= 1e-6);
    }
  CHECK(values(variability(maps, mean)) == values(variability(maps, mean, 2)));
}

TEST_CASE("a class of tokens: the weight on its members, all of it for all tokens and none for none") {
  manual_seed(4);
  const Tensor maps = random_maps({2, 3, 9, 9});
  CHECK(distance(class_mass(maps, std::vector<bool>(9, true)), Values(6, 1)) <= tolerance);
  CHECK(values(class_mass(maps, std::vector<bool>(9, false))) == Values(6, 0));
  for (std::size_t k = 0; k < 9;
       ++k) {  // a class of one is a column, which has 0 in the rows that do not see it
    std::vector<bool> one(9);
    one[k] = true;
    const double seen = 9 - std::max(2.0, static_cast<double>(k));
    const Tensor column = column_score(maps, static_cast<std::int64_t>(k)) * (seen / 7);
    CHECK(distance(class_mass(maps, one), values(column)) <= tolerance);
  }
  CHECK(only(class_mass(looks_back(7, 2), {false, true, false, true, false, false, false})) == 2.0 / 5);
}
