#include "exercises/common/gradient_rules.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "exercises/common/resembles.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"

using namespace gradus;
using namespace gradus::exercises;
using namespace gradus::exercises::backward;

namespace {

Problem random_problem(bool masked) {
  Problem p{
      Array(randn({2, 3, 7})), Array(randn({2, 5, 7})), Array(randn({2, 5, 4})), Array(randn({2, 3, 4})), {}};
  if (masked) {
    p.mask = Array({3, 5});
    p.mask(0, 4) = p.mask(2, 1) = p.mask(2, 4) = -INFINITY;
  }
  return p;
}

Array scaled(Array x, double factor) {
  for (double& v : x.values) v *= factor;
  return x;
}

std::string name(const std::optional<Cause>& cause) { return cause ? cause->name : "none"; }

}  // namespace

TEST_CASE("attention's gradients by loops, by the tape and by differences are the same") {
  manual_seed(1);
  for (const bool masked : {false, true}) {
    const Problem p = random_problem(masked);
    const Gradients loops = by_loops(p), tape = by_tape(p), numeric = by_differences(p);
    for (const Step step : steps) {
      CAPTURE(name_of(step));
      CHECK(distance(loops[step], tape[step]) <= 1e-12);
      CHECK(distance(numeric[step], tape[step]) <= 1e-8);
    }
  }
}

TEST_CASE("a right gradient is explained by no mistake, a wrong one by its own") {
  manual_seed(3);
  const Problem p = random_problem(false);
  const Gradients right = by_loops(p);
  for (const Step step : steps) CHECK(name(explain(step, right[step], p, right)) == "none");
  const Array elsewhere(randn({2, 3, 7}));
  CHECK(name(explain(Step::dq, elsewhere, p, right)) == "none");
  CHECK(name(explain(Step::dq, scaled(right[Step::dq], std::sqrt(7.0)), p, right)) == "scale");
  CHECK(name(explain(Step::dk, scaled(right[Step::dk], -1), p, right)) == "sign");
  CHECK(name(explain(Step::dv, scaled(right[Step::dv], 1.5), p, right)) == "factor");
  CHECK(name(explain(Step::ds, score_gradients(p)[1], p, right)) == "row-term");

  Array lying = p.weights();
  lying.shape = {2, 5, 3};  // read on in its old order
  CHECK(name(explain(Step::dv, product(lying, false, p.dout, false), p, right)) == "transpose-as-reshape");

  CHECK(name(explain_whole(right, p)) == "none");
  Gradients whole = right;
  whole[Step::dq] = product(right[Step::da], false, p.k, false, 1 / std::sqrt(7.0));
  CHECK(name(explain_whole(whole, p)) == "softmax-skipped");
  Problem masked = random_problem(true), open = masked;
  open.mask = {};
  CHECK(name(explain_whole(by_loops(open), masked)) == "mask-ignored");
}

TEST_CASE("what gradcheck recognises is told in the words of the checks") {
  manual_seed(4);
  const Array right(randn({2, 3, 5})), turned(right.tensor().transpose(1, 2)), sum(right.tensor().sum({0}));
  CHECK(name(explain_by_resemblance(right, right)) == "none");
  CHECK(name(explain_by_resemblance(scaled(right, 3), right)) == "factor");
  CHECK(name(explain_by_resemblance(scaled(right, 3), right, {{3, "three"}})) == "scale");
  CHECK(explain_by_resemblance(scaled(right, 3), right, {{3, "three"}})->sentence ==
        "is 3.00 times what is expected: three");
  CHECK(name(explain_by_resemblance(scaled(right, 0), right)) == "zero");
  CHECK(name(explain_by_resemblance(turned, right)) == "transposed");
  CHECK(name(explain_by_resemblance(Array({2, 3, 5}, turned.values), right)) == "transpose-as-reshape");
  CHECK(name(explain_by_resemblance(sum, right)) == "summed");
}
