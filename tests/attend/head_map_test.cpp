// Where heads lie on the map, and which belong together.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "attend/planted.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/random.h"
#include "gradus/ops/pointwise.h"
#include "tools/lab/similarity.h"

using namespace gradus;
using namespace gradus::lab;
using planted::distance;

namespace {

using Of = std::vector<std::int64_t>;

/// Between the rows of points [H, D].
Tensor distances_between(const Tensor& points) {
  const std::int64_t H = points.size(0), D = points.size(1);
  const Tensor d = empty({H, H}, Dtype::float64);
  for (std::int64_t a = 0; a < H; ++a)
    for (std::int64_t b = 0; b < H; ++b) {
      double sum = 0;
      for (std::int64_t k = 0; k < D; ++k) sum += std::pow(points[a][k].item() - points[b][k].item(), 2);
      planted::at(d, a, b) = std::sqrt(sum);
    }
  return d;
}

Tensor random_distances(std::int64_t H, std::uint64_t seed) {
  const Philox random{seed, 1};
  const Tensor d = zeros({H, H}, Dtype::float64);
  for (std::int64_t a = 0; a < H; ++a)
    for (std::int64_t b = 0; b < a; ++b)
      planted::at(d, a, b) = planted::at(d, b, a) =
          0.1 + random.uniform(static_cast<std::uint64_t>(a * H + b));
  return d;
}

/// Average linkage and silhouettes by their definitions, from the given distances in every step.
Clusters naive(const Tensor& d) {
  const std::int64_t H = d.size(0);
  const auto apart = [&](std::int64_t i, std::int64_t j) { return planted::at(d, i, j); };
  const auto mean_apart = [&](const Of& a, const Of& b) {
    double sum = 0;
    for (const std::int64_t i : a)
      for (const std::int64_t j : b) sum += apart(i, j);
    return sum / static_cast<double>(a.size() * b.size());
  };
  std::vector<Of> groups;
  for (std::int64_t i = 0; i < H; ++i) groups.push_back({i});
  Clusters best{Of(static_cast<std::size_t>(H)), 0};
  while (groups.size() > 2) {
    std::size_t a = 0, b = 1;
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (std::size_t j = i + 1; j < groups.size(); ++j)
        if (mean_apart(groups[i], groups[j]) < mean_apart(groups[a], groups[b])) a = i, b = j;
    groups[a].insert(groups[a].end(), groups[b].begin(), groups[b].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(b));
    if (groups.size() > 8) continue;
    double total = 0;
    for (const Of& own : groups)
      for (const std::int64_t i : own) {
        if (own.size() == 1) continue;
        double nearest = inf;
        for (const Of& other : groups)
          if (&other != &own) nearest = std::min(nearest, mean_apart({i}, other));
        const double n = static_cast<double>(own.size()), inside = mean_apart({i}, own) * n / (n - 1);
        total += (nearest - inside) / std::max(nearest, inside);
      }
    if (total / static_cast<double>(H) < best.silhouette) continue;
    best.silhouette = total / static_cast<double>(H);
    std::sort(groups.begin(), groups.end(), [](const Of& x, const Of& y) {
      return *std::min_element(x.begin(), x.end()) < *std::min_element(y.begin(), y.end());
    });
    for (std::size_t c = 0; c < groups.size(); ++c)
      for (const std::int64_t i : groups[c])
        best.of[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(c);
  }
  return best;
}

/// Heads on a line, at these places.
Tensor line(const Values& places) {
  return distances_between(tensor(places, {static_cast<std::int64_t>(places.size()), 1}));
}

}  // namespace

TEST_CASE("places in the plane come back: a triangle, a rectangle and random points keep their distances") {
  manual_seed(1);
  const Tensor triangle = tensor({{0, 0}, {3, 0}, {0, 4}}, Dtype::float64);
  const Tensor rectangle = tensor({{0, 0}, {5, 0}, {5, 2}, {0, 2}}, Dtype::float64);
  for (const Tensor& points :
       {triangle, rectangle, randn({2, 2}, Dtype::float64), randn({30, 2}, Dtype::float64)}) {
    const Tensor d = distances_between(points), map = multidimensional_scaling(d);
    REQUIRE(map.shape() == Shape{points.size(0), 2});
    CHECK(map.dtype() == Dtype::float64);
    CHECK(distance(distances_between(map), values(d)) <= 1e-10);
    for (std::int64_t axis = 0; axis < 2; ++axis) {
      const Values along = values(map.select(1, axis));
      double sum = 0, furthest = 0;
      for (const double x : along) {
        sum += x;
        if (std::fabs(x) > std::fabs(furthest) * (1 + 1e-6)) furthest = x;
      }
      CHECK(std::fabs(sum) <= 1e-10);  // about their middle
      CHECK(furthest >= 0);
    }
    CHECK(values(multidimensional_scaling(d)) == values(map));
    CHECK(distance(multidimensional_scaling(d.to(Dtype::float32)), values(map)) <= 1e-4);
  }
  // The long side of a rectangle is the first axis; of two ends alike the earlier head is on the positive side.
  CHECK(distance(multidimensional_scaling(distances_between(rectangle)),
                 {2.5, 1, -2.5, 1, -2.5, -1, 2.5, -1}) <= 1e-12);
  CHECK(distance(multidimensional_scaling(line({0, 1, 5})), {-2, 0, -1, 0, 3, 0}) <= 1e-7);
}

TEST_CASE("points in space are projected along the axes in which they spread least") {
  // On the three axes, in pairs: the shortest axis is lost, the others are as they were.
  const Tensor points =
      tensor({{3, 0, 0}, {-3, 0, 0}, {0, 2, 0}, {0, -2, 0}, {0, 0, 1}, {0, 0, -1}}, Dtype::float64);
  CHECK(distance(multidimensional_scaling(distances_between(points)),
                 {3, 0, -3, 0, 0, 2, 0, -2, 0, 0, 0, 0}) <= 1e-7);
  // Distances of no points in any space: 0 and 1 are together, and yet not as far from 2. The map is finite all the same.
  const Tensor none =
      tensor({{0.0, 1.0, 1.0, 9.0}, {1.0, 0.0, 1.0, 1.0}, {1.0, 1.0, 0.0, 1.0}, {9.0, 1.0, 1.0, 0.0}},
             Dtype::float64);
  for (const double x : values(multidimensional_scaling(none))) CHECK(std::isfinite(x));
  CHECK(std::fabs(multidimensional_scaling(none)[0][0].item() - 4.5) <= 1e-12);
}

TEST_CASE("few heads and heads that are all the same lie in the middle") {
  CHECK(multidimensional_scaling(empty({0, 0})).shape() == Shape{0, 2});
  CHECK(values(multidimensional_scaling(zeros({1, 1}))) == Values{0, 0});
  CHECK(values(multidimensional_scaling(zeros({5, 5}))) == Values(10, 0));
  CHECK(distance(multidimensional_scaling(line({7, 4})), {1.5, 0, -1.5, 0}) <= 1e-12);
  // Of heads on a line the second axis is 0, not what rounding leaves.
  for (const double x : values(multidimensional_scaling(line({0, 0.3, 0.7, 1.9, 3.1})).select(1, 1)))
    CHECK(x == 0);
}

TEST_CASE("linkage and silhouettes of random distances are what their definitions give") {
  for (std::int64_t H = 3; H <= 20; ++H)
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const Tensor d = random_distances(H, seed + 100 * static_cast<std::uint64_t>(H));
      const Clusters got = average_linkage(d), wanted = naive(d);
      CHECK(got.of == wanted.of);
      CHECK(std::fabs(got.silhouette - wanted.silhouette) <= 1e-12);
    }
}

TEST_CASE("groups that are there are found, however many they are up to 8 and wherever their heads stand") {
  for (std::int64_t k = 2; k <= 8; ++k) {
    Values places;
    Of wanted;
    for (std::int64_t i = 0; i < 3 * k; ++i) {
      places.push_back(static_cast<double>(10 * (i % k)) + 0.1 * static_cast<double>(i / k));
      wanted.push_back(i % k);
    }
    const Clusters found = average_linkage(line(places));
    CHECK(found.of == wanted);
    CHECK(found.silhouette >= 0.95);
    CHECK(found.silhouette <= 1);
  }
  // Numbers follow the order of first heads, not of distances.
  CHECK(average_linkage(line({50, 0, 51, 1, 100, 101})).of == Of{0, 1, 0, 1, 2, 2});
  // {0, 1} and {10, 11} by hand: 1 - 1 / 10.5, twice, and 1 - 1 / 9.5, twice.
  const Clusters two = average_linkage(line({0, 1, 10, 11}));
  CHECK(two.of == Of{0, 0, 1, 1});
  CHECK(std::fabs(two.silhouette - (1 - 1 / 10.5 + 1 - 1 / 9.5) / 2) <= 1e-12);
  // A head alone counts 0: two pairs and one apart.
  CHECK(std::fabs(average_linkage(line({0, 0, 5, 5, 100})).silhouette - 0.8) <= 1e-12);
  CHECK(average_linkage(line({0, 0, 5, 5, 100})).of == Of{0, 0, 1, 1, 2});
  // Twelve groups are more than 8.
  Values many;
  for (int i = 0; i < 24; ++i) many.push_back(static_cast<double>(i / 2 * i / 2));
  const Of of = average_linkage(line(many)).of;
  CHECK(*std::max_element(of.begin(), of.end()) <= 7);
}

TEST_CASE("linkage is by the average: neither the nearest nor the furthest members decide") {
  // After {0, 1}, head 3 is 3 and 3.5 from these, 3.25 on average, and head 2 further away.
  const auto with = [](double between_2_and_3) {
    const double x = between_2_and_3;
    return tensor({{0.0, 2.0, 6.0, 3.0}, {2.0, 0.0, 5.0, 3.5}, {6.0, 5.0, 0.0, x}, {3.0, 3.5, x, 0.0}},
                  Dtype::float64);
  };
  CHECK(average_linkage(with(3.4)).of == Of{0, 0, 1, 0});  // by the furthest 2 and 3 would be a pair
  CHECK(average_linkage(with(3.2)).of == Of{0, 0, 1, 1});  // by the nearest 3 would join the first pair
}

TEST_CASE("of partitions with the same silhouette the one with fewer clusters is taken") {
  const Tensor d =
      tensor({{0.0, 1.0, 4.0, 2.0}, {1.0, 0.0, 4.0, 4.0}, {4.0, 4.0, 0.0, 4.0}, {2.0, 4.0, 4.0, 0.0}},
             Dtype::float64);
  const Clusters c = average_linkage(d);  // {0, 1}, 2, 3 has 5/16 as well
  CHECK(c.of == Of{0, 0, 1, 0});
  CHECK(std::fabs(c.silhouette - 5.0 / 16) <= 1e-12);
}

TEST_CASE("one cluster where there is nothing to tell apart") {
  for (std::int64_t H = 0; H <= 12; ++H) {
    const Tensor same = zeros({H, H}), apart = full({H, H}, 0.3, Dtype::float64);
    for (std::int64_t h = 0; h < H; ++h) planted::at(apart, h, h) = 0;
    for (const Tensor& d : {same, apart}) {
      const Clusters c = average_linkage(d);
      CHECK(c.of == Of(static_cast<std::size_t>(H), 0));
      CHECK(c.silhouette == 0);
    }
  }
  CHECK(average_linkage(line({0, 100})).of == Of{0, 0});
  CHECK(average_linkage(line({0, 0, 100})).of == Of{0, 0, 1});
  CHECK(std::fabs(average_linkage(line({0, 0, 100})).silhouette - 2.0 / 3) <= 1e-12);
}

TEST_CASE("distances that cannot be are refused, in words and with the two heads") {
  for (const auto& f :
       std::vector<void (*)(const Tensor&)>{[](const Tensor& d) { multidimensional_scaling(d); },
                                            [](const Tensor& d) { average_linkage(d); }}) {
    const Tensor good = random_distances(4, 1);
    const auto with = [&](std::int64_t a, std::int64_t b, double x, double y) {
      const Tensor d = good.clone();
      planted::at(d, a, b) = x;
      planted::at(d, b, a) = y;
      return error_of([&] { f(d); });
    };
    CHECK(error_of([&] { f(good); }) == "no error");
    CHECK(has(with(2, 1, not_a_number, not_a_number), "between 2 and 1"));
    CHECK(has(with(2, 1, 0.5, not_a_number), "between 2 and 1"));
    CHECK(has(with(2, 1, inf, inf), "between 2 and 1"));
    CHECK(has(with(3, 0, -1, -1), "between 3 and 0 they are -1 and -1"));
    CHECK(has(with(3, 0, 0.5, 0.6), "symmetric"));
    CHECK(with(3, 0, 0.5, 0.5 + 1e-8) == "no error");
    CHECK(has(with(1, 1, 0.5, 0.5), "0 on the diagonal"));
    CHECK(has(error_of([&] { f(zeros({2, 3})); }), "needs distances [H, H], not [2, 3]"));
    CHECK(has(error_of([&] { f(zeros({4})); }), "not [4]"));
    CHECK(has(error_of([&] { f(Tensor()); }), "undefined"));
  }
  Tensor leaf = random_distances(3, 2).requires_grad_();
  CHECK_FALSE(multidimensional_scaling(leaf * 1.0).requires_grad());
}
