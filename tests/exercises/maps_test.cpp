// The judge's numbers of attention maps, against the lab's.
#include "exercises/common/maps.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/metrics.h"

using namespace gradus;
using namespace gradus::exercises;
using Rows = Reading::Rows;
using Items = Reading::Items;
using Heads = Reading::Heads;

namespace {

constexpr double ln2 = 0.6931471805599453;
constexpr double rounding = 1e-12;

/// Rows sum to 1; causal ones have zeros.   [B, H, T, T]
Tensor random_maps(std::int64_t B, std::int64_t H, std::int64_t T, bool causal) {
  const Tensor scores = randn({B, H, T, T}, Dtype::float64) * 2.0;
  return softmax(causal ? scores + causal_mask(T).tensor().to(Dtype::float64) : scores, -1);
}

/// What a reading reads, from the lab's metric of single maps: metric(maps, rows) is [B, H] or [B, H, T].
template <class Metric> Array by_lab(Tensor maps, const Reading& how, const Metric& metric) {
  const Shape all = maps.shape();
  if (how.transposed) maps = maps.transpose(2, 3);
  if (how.items == Items::first) maps = maps.slice(0, 0, 1);
  if (how.items == Items::last) maps = maps.slice(0, all[0] - 1, all[0]);
  if (how.items == Items::mean_of_maps) maps = maps.mean({0}, true);
  if (how.heads == Heads::mean_of_maps)
    maps = maps.mean({1}, true).expand({maps.size(0), all[1], all[2], all[3]});
  Tensor each = metric(maps, how.rows);
  if (how.heads == Heads::averaged) each = each.mean({1}, true).expand(each.shape());
  return Array(how.items == Items::sum ? each.sum({0}) : each.mean({0}));
}

/// A score of the lab; with all rows, its sum over the rows that have such a key - from `first` on - by T.
template <class Score> auto lab_score(const Score& score, std::int64_t first) {
  return [&score, first](const Tensor& maps, Rows rows) {
    const auto T = static_cast<double>(maps.size(-1));
    if (rows == Rows::all) return score(maps, first) * ((T - static_cast<double>(first)) / T);
    if (rows == Rows::one_more) return score(maps, 2) * ((T - 2) / (T - 1));
    if (rows == Rows::summed) return score(maps, 2) * (T - 2);
    return score(maps, rows == Rows::from_one ? 1 : 2);
  };
}

Tensor lab_profile(const Tensor& maps, Rows rows) {
  const std::int64_t T = maps.size(-1);
  const Tensor reach = arange(T, 0, -1).to(Dtype::float64);  // T - d rows reach d back
  const Tensor profile = lab::offset_profile(maps);
  if (rows == Rows::one_more) return profile * reach / (reach + 1);
  if (rows == Rows::summed) return profile * reach;
  return rows == Rows::all ? profile * reach / static_cast<double>(T) : profile;
}

}  // namespace

TEST_CASE("every number of a map, rightly read or wrongly, is what the lab's metrics give") {
  manual_seed(1);
  std::vector<Reading> all = known_readings();
  all.emplace_back();
  for (const std::int64_t T : {3, 4, 9})
    for (const bool causal : {true, false}) {
      const Tensor maps = random_maps(4, 3, T, causal);
      const Array a(maps);
      for (const Reading& how : all) {
        CAPTURE(T);
        CAPTURE(cause_of(how).sentence);
        const auto score = [&](Place place, const auto& lab) {
          return distance(mean_weight(a, place, how), by_lab(maps, how, lab));
        };
        CHECK(score(previous_token, lab_score(lab::previous_token_score, 1)) <= rounding);
        CHECK(score(current_token, lab_score(lab::current_token_score, 0)) <= rounding);
        CHECK(score(first_token, lab_score(lab::first_token_score, 0)) <= rounding);
        CHECK(distance(mean_entropy(a, how), by_lab(maps, how, lab_score(lab::mean_entropy, 0))) <= rounding);
        CHECK(distance(offset_profile(a, how), by_lab(maps, how, lab_profile)) <= rounding);
      }
    }
}

TEST_CASE("a place further back than 2 counts from the first row that reaches it, as in the profile") {
  manual_seed(2);
  const Array a(random_maps(2, 3, 7, true)), profile = offset_profile(a);
  for (std::int64_t back = 2; back < 7; ++back) {
    const Array weight = mean_weight(a, Place{back});
    for (std::int64_t h = 0; h < 3; ++h) CHECK(std::abs(weight(h) - profile(h, back)) <= rounding);
  }
}

TEST_CASE("a wrong reading is explained by its own cause, a right one and a stranger's by none") {
  manual_seed(3);
  const Array a(random_maps(3, 3, 6, false));
  const auto read = [&](const Reading& how) { return mean_entropy(a, how); };
  std::multiset<std::string> names;
  std::set<std::string> sentences;
  for (const Reading& how : known_readings()) {
    const auto cause = explain_reading(read(how), read);
    REQUIRE(cause);
    CHECK(cause->sentence == cause_of(how).sentence);
    names.insert(cause->name);
    sentences.insert(cause->sentence);
  }
  CHECK(names == std::multiset<std::string>{"batch-ignored", "batch-ignored", "batch-summed", "first-rows",
                                            "heads-averaged", "heads-averaged", "maps-averaged",
                                            "rows-counted", "rows-counted", "rows-summed", "transposed"});
  CHECK(sentences.size() == 10);  // heads are averaged in two ways that are told alike
  CHECK_FALSE(explain_reading(read({}), read));
  CHECK_FALSE(explain_reading(Array({3}, 0.5), read));
  CHECK_FALSE(explain_reading(Array({3}, NAN), read));
  CHECK_FALSE(explain_reading(Array({2}), read));
}

TEST_CASE("a place beside is named where it is the only explanation") {
  manual_seed(6);
  const auto told = [](const Array& maps, std::int64_t further) {
    Reading how;
    how.further = further;
    const auto cause = explain_weight(mean_weight(maps, previous_token, how), maps, previous_token);
    return cause ? cause->name : "";
  };
  const Array a(random_maps(3, 3, 6, true));
  CHECK(told(a, -1) == "reads-diagonal");
  CHECK(told(a, 1) == "two-back");
  CHECK(told(a, 0) == "");
  Array one_back({1, 1, 6, 6});  // every other place has a weight of 0, so that nothing tells them apart
  for (std::int64_t i = 1; i < 6; ++i) one_back(0, 0, i, i - 1) = 1;
  CHECK(told(one_back, -1) == "");
  CHECK(told(one_back, 1) == "");
}

TEST_CASE("divergences are those of the lab, whatever the rows sum to: from 0 for the same to ln 2") {
  manual_seed(4);
  for (const std::int64_t N : {1, 2, 5})
    for (const std::int64_t T : {1, 2, 12}) {
      const Tensor rows = rand({N, T}, Dtype::float64) * 3.0;
      const Array js = divergences(Array(rows));
      CHECK(distance(js, Array(lab::pairwise_divergence(rows))) <= rounding);
      for (std::int64_t i = 0; i < N; ++i) CHECK(std::abs(js(i, i)) <= 0);
    }
  // The first two rows share nothing. Against even weights, with m = (3/4, 1/4): 3/2 ln 2 - 3/4 ln 3.
  const double half = 1.5 * ln2 - 0.75 * std::log(3);
  CHECK(distance(divergences(Array({3, 2}, {4, 0, 0, 0.5, 3, 3})),
                 Array({3, 3}, {0, ln2, half, ln2, 0, half, half, half, 0})) <= rounding);
}
