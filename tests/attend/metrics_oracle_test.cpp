// The lab's numbers against those of a NumPy script that shares no code with it, from the file that both read.
// ctest: SKIP_REGULAR_EXPRESSION SKIPPED:
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "attend/planted.h"
#include "command.h"
#include "gradus/base/random.h"
#include "gradus/io/npy.h"
#include "gradus/ops/join.h"
#include "gradus/ops/pointwise.h"
#include "gradus/ops/reduce.h"
#include "place.h"
#include "tools/lab/interval.h"
#include "tools/lab/metrics.h"
#include "tools/lab/patterns.h"
#include "tools/lab/repeats.h"
#include "tools/lab/rollout.h"
#include "tools/lab/similarity.h"

using namespace gradus;
using namespace gradus::lab;
using planted::distance;

namespace {

bool has_numpy() {
  const Folder folder;
  if (cli::shell(folder, "python3 -c 'import numpy'").status == 0) return true;
  MESSAGE("SKIPPED: no python3 with NumPy (apt-get install python3-numpy)");
  return false;
}

/// The numbers that the script prints under a name.
Values numbers(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\": [";
  const std::size_t found = json.find(key);
  REQUIRE_MESSAGE(found != std::string::npos, "no ", name, " in ", json.substr(0, 200));
  Values result;
  char* end = nullptr;
  for (const char* at = json.c_str() + found + key.size(); *at != ']'; at = *end == ',' ? end + 1 : end) {
    result.push_back(std::strtod(at, &end));
    REQUIRE(end != at);
  }
  return result;
}

std::string oracle(const Tensor& maps, const std::string& options) {
  const Folder folder;
  save_npy(folder / "attention.npy", maps);
  const cli::Result result = cli::shell(
      folder, "python3 '" + place::source() + "/tests/attend/metrics_oracle.py' attention.npy " + options);
  REQUIRE_MESSAGE(result.status == 0, result.err);
  return result.out;
}

/// All that the script computes of any maps.
void check_scores(const Tensor& maps, const std::string& json, const std::vector<bool>& in_class) {
  constexpr double tolerance = 1e-9;
  const std::int64_t T = maps.size(-1);
  const auto check = [&](const char* name, const Tensor& score) {
    INFO(name);
    CHECK(distance(score, numbers(json, name)) <= tolerance);
  };
  check("offset_scores", offset_scores(maps, T - 2));
  check("column_scores", column_scores(maps));
  check("offset_profile", offset_profile(maps));
  check("previous", previous_token_score(maps));
  check("current", current_token_score(maps));
  check("first", first_token_score(maps));
  check("local", local_mass(maps));
  check("far", far_mass(maps));
  check("distance", relative_distance(maps));
  check("entropy", mean_entropy(maps));
  check("normalised_entropy", normalised_entropy(maps));
  check("sharpness", sharpness(maps));
  check("argmax", argmax_share(maps));
  check("class", class_mass(maps, in_class));
  CHECK(distance(Values{uniform_class_mass(in_class)}, numbers(json, "class_share")) <= tolerance);
  CHECK(distance(Values{uniform_causal_score(T)}, numbers(json, "uniform")) <= tolerance);
  if (maps.dim() > 2) check("variability", variability(maps, maps.to(Dtype::float64).mean({0})));
}

std::vector<bool> members(std::int64_t T, const std::vector<std::size_t>& keys) {
  std::vector<bool> in(static_cast<std::size_t>(T));
  for (const std::size_t key : keys) in[key] = true;
  return in;
}

}  // namespace

TEST_CASE("random maps, as float32 in the file: every number of the lab is NumPy's") {
  if (!has_numpy()) return;
  manual_seed(1);
  const Repeats repeats{{}, 1, 8, 3};
  const std::int64_t T = 25;
  const Tensor maps = planted::random_maps({6, 5, T, T}, Dtype::float32);
  const std::string json = oracle(maps, "--repeat 1 8 3 --class 2 3 11 24");
  check_scores(maps, json, members(T, {2, 3, 11, 24}));
  const double tolerance = 1e-9;
  CHECK(distance(induction_score(maps, repeats), numbers(json, "induction")) <= tolerance);
  CHECK(distance(duplicate_score(maps, repeats), numbers(json, "duplicate")) <= tolerance);
  CHECK(distance(Values{uniform_repeat_score(repeats)}, numbers(json, "uniform_repeat")) <= tolerance);
  const Tensor divergence = pattern_divergence(maps);
  CHECK(distance(divergence, numbers(json, "divergence")) <= tolerance);
  CHECK(distance(multidimensional_scaling(sqrt(divergence)), numbers(json, "places")) <= tolerance);
  CHECK(distance(rollout(maps), numbers(json, "rollout")) <= tolerance);
  CHECK(distance(rollout_against_uniform(rollout(maps)), numbers(json, "against_uniform")) <= tolerance);
  Values intervals;
  for (const Interval& i : mean_interval(previous_token_score(maps)))
    intervals.insert(intervals.end(), {i.value, i.low, i.high});
  CHECK(distance(intervals, numbers(json, "interval")) <= tolerance);
}

TEST_CASE(
    "planted maps: heads that look one, seven and eight back, at the first token and evenly, one by one") {
  if (!has_numpy()) return;
  const std::int64_t T =
      17;  // two blocks of 8 after a first token: 7 back is induction, 8 back the duplicate
  const Repeats repeats{{}, 1, 8, 2};
  const Tensor maps = stack(std::vector<Tensor>{planted::looks_back(T, 1), planted::looks_back(T, 7),
                                                planted::looks_back(T, 8), planted::looks_back(T, T),
                                                planted::spread_evenly(T)});
  const std::string json = oracle(maps, "--repeat 1 8 2");
  check_scores(maps, json, members(T, {}));
  CHECK(distance(numbers(json, "previous"), {1, 0, 0, 0, uniform_causal_score(T)}) <= 1e-12);
  CHECK(distance(numbers(json, "first"), values(first_token_score(maps))) <= 1e-12);
  CHECK(distance(numbers(json, "induction"), {0, 1, 0, 0, uniform_repeat_score(repeats)}) <= 1e-12);
  CHECK(distance(numbers(json, "duplicate"), {0, 0, 1, 0, uniform_repeat_score(repeats)}) <= 1e-12);
  CHECK(distance(induction_score(maps, repeats), numbers(json, "induction")) <= 1e-12);
  CHECK(distance(numbers(json, "class"), Values(5, 0)) == 0);
  const std::string single = oracle(maps[1], "--class 1 2");
  check_scores(maps[1], single, members(T, {1, 2}));
}
