#include "tools/lab/patterns.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "attend/planted.h"
#include "gradus/autograd/walk.h"
#include "gradus/base/parallel.h"
#include "gradus/base/random.h"
#include "gradus/ops/join.h"

using namespace gradus;
using namespace gradus::lab;
using namespace planted;

namespace {

std::vector<bool> every_third(std::int64_t T) {
  std::vector<bool> in(static_cast<std::size_t>(T));
  for (std::size_t k = 0; k < in.size(); ++k) in[k] = k % 3 == 1;
  return in;
}

}  // namespace

TEST_CASE(
    "a row is looked at as far as its query sees, and NaN comes through where it is met, and nowhere else") {
  manual_seed(5);
  const Tensor clean = random_maps({18, 18}), mean = random_maps({18, 18});
  const std::vector<bool> in = every_third(18);
  const auto all = [&](const Tensor& map) {
    return std::vector<Tensor>{normalised_entropy(map), sharpness(map),
                               argmax_share(map),       variability(map.unsqueeze(0), mean)[0],
                               local_mass(map),         relative_distance(map),
                               class_mass(map, in),     far_mass(map),
                               offset_score(map, 2),    column_score(map, 7)};
  };
  const std::vector<Tensor> wanted = all(clean);
  const Tensor future = clean.clone();
  for (std::int64_t q = 0; q < 18; ++q)
    for (std::int64_t k = q + 1; k < 18; ++k) at(future, q, k) = not_a_number;
  for (const std::int64_t k : {0, 1}) at(future, 1, k) = not_a_number;  // row 1 does not count
  const std::vector<Tensor> seen = all(future);
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i].item() == wanted[i].item());

  // Keys of row 17: 7 is of the class, far, and a column looked at; 10 is near; 15 is two tokens back.
  const auto nan_at = [&](std::int64_t k) {
    const Tensor map = clean.clone();
    at(map, 17, k) = not_a_number;
    std::string found;
    for (const Tensor& score : all(map)) found += std::isnan(score.item()) ? 'x' : '.';
    return found;
  };
  CHECK(nan_at(7) == "xxxx.xxx.x");
  CHECK(nan_at(10) == "xxxxxxx...");
  CHECK(nan_at(15) == "xxxxxx..x.");
  CHECK(nan_at(17) == "xxxxx.....");  // its own token is at no distance
  CHECK(nan_at(0) == "xxxx.x....");
  for (const std::int64_t k : {0, 1, 17}) {  // wherever it stands among the others
    const Tensor map = clean.clone();
    at(map, 17, k) = not_a_number;
    CHECK(std::isnan(sharpness(map.to(Dtype::float32)).item()));
  }
  const Tensor two = stack(std::vector<Tensor>{clean, future.t()});
  CHECK(std::isfinite(sharpness(two)[0].item()));
  CHECK(std::isnan(sharpness(two)[1].item()));
  const Tensor scores = offset_scores(future.t(), 3), columns = column_scores(future.t());
  for (const double score : values(scores.slice(0, 1, 4))) CHECK(std::isnan(score));
  CHECK(std::isfinite(scores[0].item()));
  CHECK(std::isfinite(columns[17].item()));
  CHECK(std::isnan(columns[16].item()));
}

TEST_CASE("views, batches, threads and the tape change no bit, and a map stays as it was") {
  manual_seed(6);
  const Tensor maps = random_maps({3, 2, 18, 18}, Dtype::float32);
  const Values before = values(maps);
  const std::vector<bool> in = every_third(18);
  const auto all = [&](const Tensor& x) {
    return std::vector<Tensor>{offset_score(x, 2),   offset_scores(x, 4), column_score(x, 3),
                               column_scores(x),     local_mass(x),       far_mass(x),
                               relative_distance(x), sharpness(x),        normalised_entropy(x),
                               argmax_share(x),      class_mass(x, in)};
  };
  const auto bits = [](const std::vector<Tensor>& scores) {
    std::vector<Values> all_values;
    for (const Tensor& score : scores) all_values.push_back(values(score));
    return all_values;
  };
  const auto wanted = bits(all(maps));
  const int threads = num_threads();
  for (const int n : {1, 2, 3, 8}) {
    set_num_threads(n);
    CHECK(bits(all(maps)) == wanted);
  }
  set_num_threads(threads);
  const std::vector<Tensor> turned = all(maps.transpose(0, 1)), whole = all(maps);
  for (std::size_t i = 0; i < turned.size(); ++i) {
    CHECK(values(turned[i].transpose(0, 1)) == wanted[i]);
    CHECK(whole[i].dtype() == Dtype::float64);
    CHECK(whole[i].shape()[0] == 3);
    CHECK(whole[i].shape()[1] == 2);
  }
  for (std::int64_t b = 0; b < 3; ++b)
    for (std::int64_t h = 0; h < 2; ++h) {
      const std::vector<Tensor> single = all(maps[b][h]);
      for (std::size_t i = 0; i < single.size(); ++i) CHECK(values(single[i]) == values(whole[i][b][h]));
    }
  CHECK(values(maps) == before);

  Tensor leaf = randn({2, 18, 18}).requires_grad_();
  const Tensor recorded = softmax(leaf);
  for (const Tensor& score : all(recorded)) CHECK_FALSE(score.requires_grad());
  CHECK_FALSE(variability(recorded, recorded[0]).requires_grad());
}

TEST_CASE("no maps give no scores, and maps without a row to count are refused in words") {
  CHECK(offset_scores(empty({0, 4, 4}), 2).shape() == Shape{0, 3});
  CHECK(column_scores(empty({2, 0, 4, 4})).shape() == Shape{2, 0, 4});
  CHECK(sharpness(empty({0, 4, 4})).shape() == Shape{0});
  CHECK(variability(empty({0, 2, 4, 4}), zeros({2, 4, 4})).shape() == Shape{0, 2});
  CHECK(variability(empty({3, 0, 4, 4}), empty({0, 4, 4})).shape() == Shape{3, 0});
  const Tensor one = ones({1, 1}), four = random_maps({4, 4});
  for (const std::string& error :
       {error_of([&] { offset_score(one, 1); }), error_of([&] { column_score(one, 0); }),
        error_of([&] { relative_distance(one); }), error_of([&] { normalised_entropy(one); }),
        error_of([&] { sharpness(one); }), error_of([&] { class_mass(one, {true}); }),
        error_of([&] { argmax_share(one); }), error_of([&] { offset_scores(one, 0); }),
        error_of([&] { column_scores(one); }), error_of([&] { variability(one.unsqueeze(0), one); }),
        error_of([] { uniform_offset_score(1, 0); }), error_of([] { uniform_class_mass({true}); })}) {
    CHECK(has(error, "[1, 1] has none"));
    CHECK(has(error, "at least 3 tokens"));
  }
  CHECK(has(error_of([&] { offset_score(four, 3); }), "offset_score: counts rows from 4 on"));
  CHECK(has(error_of([&] { offset_scores(four, 3); }), "give it at least 5 tokens"));
  CHECK(has(error_of([&] { argmax_share(four, 9); }), "counts rows from 10 on"));
  CHECK(has(error_of([&] { column_score(four, 4); }), "counts rows from 4 on"));
  CHECK(has(error_of([&] { local_mass(four, 2); }), "local_mass: counts rows from 4 on"));
  CHECK(has(error_of([&] { uniform_local_mass(16); }), "at least 17 tokens"));
  CHECK(has(error_of([&] { far_mass(four); }), "far_mass: counts rows from 8 on"));
  CHECK(has(error_of([&] { offset_score(four, -1); }), "offset is -1"));
  CHECK(has(error_of([&] { argmax_share(four, 1, -1); }), "first_row is -1"));
  CHECK(has(error_of([&] { offset_scores(four, 1, -2); }), "first_row is -2"));
  CHECK(has(error_of([&] { column_score(four, -3); }), "column is -3"));
  CHECK(has(error_of([&] { column_scores(four, -1); }), "first_row is -1"));
  CHECK(has(error_of([&] { local_mass(four, 0); }), "width is 0"));
  CHECK(has(error_of([&] { normalised_entropy(four, 0); }), "first_row is 0"));
  CHECK(has(error_of([&] { relative_distance(four, 0); }), "first_row is 0"));
  CHECK(has(error_of([&] { class_mass(four, {true, false}); }), "maps [4, 4]"));
  CHECK(has(error_of([&] { variability(four, four); }), "not [4, 4] and [4, 4]"));
  CHECK(has(error_of([&] { variability(zeros({2, 4, 4}), zeros({4, 5})); }), "[2, 4, 4] and [4, 5]"));
  CHECK(has(error_of([&] { variability(zeros({2, 4, 4}), Tensor()); }), "undefined"));
  for (const Tensor& bad : {zeros({4}), zeros({3, 4}), Tensor()})
    for (const auto& [name, error] :
         {std::pair{"offset_scores", error_of([&] { offset_scores(bad, 1); })},
          std::pair{"column_scores", error_of([&] { column_scores(bad); })},
          std::pair{"local_mass", error_of([&] { local_mass(bad); })},
          std::pair{"variability", error_of([&] { variability(bad, bad); })},
          std::pair{"class_mass", error_of([&] { class_mass(bad, {}); })},
          std::pair{"relative_distance", error_of([&] { relative_distance(bad); })},
          std::pair{"sharpness", error_of([&] { sharpness(bad); })}})
      CHECK(has(error, std::string(name) + ": needs attention maps [..., T, T]"));
  CHECK(has(error_of([] { sharpness(zeros({3, 3}, Dtype::int64)); }), "needs float32 or float64"));
}
