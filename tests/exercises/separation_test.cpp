// Of every list of known mistakes whose results are arrays: each can be told from every other, and from the right way.
#include "separation.h"

#include <cmath>

#include "exercises/5.11-relative-positions/relative.cpp"
#include "exercises/5.11-relative-positions/ways.cpp"
#include "exercises/common/gradient_rules.h"
#include "exercises/common/heads.h"
#include "exercises/common/maps.h"
#include "exercises/common/oracle.h"
#include "gradus/base/random.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;
using ::exercises::check_apart;

TEST_CASE("no two recipes for attention can be confused") {
  manual_seed(1);
  const std::int64_t t = 5, d_k = 7, d_v = 3, model = 21;
  const Array q(randn({2, t, d_k})), k(randn({2, t, d_k})), v(randn({2, t, d_v}));
  for (const bool masked : {false, true}) {
    const Array mask = masked ? causal_mask(t) : Array();
    std::vector<Array> results = {gradus::exercises::attention(q, k, v, mask)};
    for (const Recipe& r : known_recipes(masked, model))
      if (r.mask != Recipe::Mask::finite)  // it leaks e^-10; a weight that must be 0 shows it
        results.push_back(gradus::exercises::attention(q, k, v, mask, r));
    check_apart(results, 60);
  }
}

TEST_CASE("no two rules for the softmax's gradient can be confused") {
  manual_seed(2);
  for (const bool masked : {false, true}) {
    backward::Problem p{Array(randn({2, 3, 7})),
                        Array(randn({2, 5, 7})),
                        Array(randn({2, 5, 4})),
                        Array(randn({2, 3, 4})),
                        {}};
    if (masked) {
      p.mask = Array({3, 5});
      p.mask(0, 4) = p.mask(2, 1) = p.mask(2, 4) = -INFINITY;
    }
    check_apart(score_gradients(p), 12);
  }
}

TEST_CASE("no two mistakes in a layer of heads can be confused") {
  manual_seed(3);
  const std::int64_t T = 5, H = 3, d_model = 12;
  const auto one = [] { return Array(randn({d_model, d_model}) / std::sqrt(static_cast<double>(d_model))); };
  const heads::Weights w{one(), one(), one(), one()};
  const Array x(randn({2, T, d_model})), mask = causal_mask(T);
  std::vector<Array> results = {heads::forward(x, w, H, mask)};
  for (const heads::Variant& variant : heads::variants(x, w, H, mask)) results.push_back(variant.result);
  check_apart(results, 30);
}

TEST_CASE("no two ways to attend with relative positions can be confused") {
  manual_seed(4);
  const std::int64_t H = 3, T = 6, d = 5;
  for (const bool biased : {false, true}) {
    const auto bias = [&] { return biased ? Array(randn({H, d})) : Array({H, d}); };
    const relative::Problem p{Array(randn({2, H, T, d})),
                              Array(randn({2, H, T, d})),
                              Array(randn({2, H, T, d})),
                              Array(randn({T, d})),
                              bias(),
                              bias()};
    std::vector<Array> results = {relative::attention(p)};
    for (const relative::Way& way : relative::known_ways(p)) results.push_back(relative::attention(p, way));
    check_apart(results, 40);
  }
}

TEST_CASE("no two readings of attention maps can be confused") {
  manual_seed(5);
  const std::int64_t B = 3, H = 3, T = 6;
  const Array maps = softmax(Array(randn({B, H, T, T}) * 3.0));
  std::vector<Array> entropies = {mean_entropy(maps)};
  for (const Reading& how : known_readings()) entropies.push_back(mean_entropy(maps, how));
  check_apart(entropies, 10);
}
