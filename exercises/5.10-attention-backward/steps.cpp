#include "steps.h"

#include <fmt/format.h>

#include <cmath>

#include "exercise.h"
#include "exercises/common/gradient_rules.h"
#include "exercises/common/resembles.h"
#include "gradus/base/error.h"
#include "report.h"

namespace gradus::exercises::backward {
namespace {

/// What a step is made from, as tensors: the learner's first and second argument.
std::vector<Tensor> inputs_of(Step step, const Problem& p, const Gradients& right) {
  const Tensor a = p.weights().tensor(), ds = right[Step::ds].tensor();
  switch (step) {
    case Step::dv: return {a, p.dout.tensor()};
    case Step::da: return {p.dout.tensor(), p.v.tensor()};
    case Step::ds: return {a, right[Step::da].tensor()};
    case Step::dq: return {ds, p.k.tensor()};
    case Step::dk: break;
  }
  return {ds, p.q.tensor()};
}

Tensor call(Step step, const std::vector<Tensor>& x) {
  switch (step) {
    case Step::dv: return grad_v(x[0], x[1]);
    case Step::da: return grad_a(x[0], x[1]);
    case Step::ds: return grad_s(x[0], x[1]);
    case Step::dq: return grad_q(x[0], x[1]);
    case Step::dk: break;
  }
  return grad_k(x[0], x[1]);
}

const char* axes_of(Step step) {
  constexpr std::array axes{"[B, Tk, d_v]", "[B, Tq, Tk]", "[B, Tq, Tk]", "[B, Tq, d_k]", "[B, Tk, d_k]"};
  return axes[static_cast<std::size_t>(step)];
}

/// The framework refused the shapes: with all sizes equal it cannot, and the result says which product it is.
[[noreturn]] void explain_refusal(const Trial& t, Step step, const gradus::Error& refusal) {
  const Problem square = random_problem(t, 2, 4, 4, 4, 4);
  const Gradients right = by_loops(square);
  try {
    const Tensor g = call(step, inputs_of(step, square, right));
    if (g.defined() && g.shape() == right[step].shape)
      if (const auto cause = explain(step, Array(g), square, right))
        fail_check(
            cause->name,
            fmt::format("Your {} {}.\n(So it shows when all sizes are equal. With others the shapes do not "
                        "fit: {})",
                        name_of(step), cause->sentence, refusal.what()));
  } catch (const gradus::Error&) {  // not a matter of which axes are summed
  }
  fail_check("error", fmt::format("the framework stopped your code: {}", refusal.what()));
}

/// Rows of dS add up to 0. What it means when they do not: adding one vector to all keys would change the loss.
std::string row_evidence(const Problem& p, const Array& ds) {
  double worst = 0;
  Array dk({p.q.size(2)});
  for (std::int64_t b = 0; b < ds.size(0); ++b)
    for (std::int64_t i = 0; i < ds.size(1); ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < ds.size(2); ++j) sum += ds(b, i, j);
      if (!(std::abs(sum) <= std::abs(worst))) worst = sum;
      for (std::int64_t c = 0; c < dk.size(0) && b == 0; ++c) dk(c) += sum * p.q(b, i, c);
    }
  if (std::abs(worst) <= 1e-4) return "";
  return fmt::format(
      "A row of your dS adds up to {:.2f}, and then dK over all keys of item 0 to ({:.2f}, {:.2f}, ...). "
      "Adding one "
      "vector to all keys changes no weight, so both must be 0: the softmax couples the entries of a row. ",
      worst, dk(0) / std::sqrt(static_cast<double>(p.q.size(2))),
      dk(1) / std::sqrt(static_cast<double>(p.q.size(2))));
}

}  // namespace

Problem random_problem(const Trial& t, std::int64_t b, std::int64_t tq, std::int64_t tk, std::int64_t d_k,
                       std::int64_t d_v) {
  return {Array(t.randn({b, tq, d_k})),
          Array(t.randn({b, tk, d_k})),
          Array(t.randn({b, tk, d_v})),
          Array(t.randn({b, tq, d_v})),
          {}};
}

void fail_with_report(const Problem& p, const std::string& cause, const std::string& message) {
  fail_check(cause, message + "\n" + compact_report(p));
}

void expect_step(const Trial& t, Step step, const Problem& p) {
  const Gradients right = by_loops(p);
  const std::string name = name_of(step);
  const std::vector<Tensor> inputs = inputs_of(step, p, right);
  const Unchanged unchanged(inputs);
  Tensor got;
  try {
    got = call(step, inputs);
  } catch (const gradus::Error& refusal) { explain_refusal(t, step, refusal); }
  if (got.defined() && !(got.shape() == right[step].shape))
    if (const auto cause = explain_by_resemblance(Array(got), right[step]))
      fail_check(cause->name,
                 fmt::format("Your {} {}: its shape is {}, expected {} = {}", name, cause->sentence,
                             to_string(got.shape()), axes_of(step), to_string(right[step].shape)));
  expect_shape(name.c_str(), got, right[step].shape, axes_of(step));
  unchanged.expect();
  const Array values(got);
  if (distance(values, right[step]) <= tolerance) return;
  const std::string evidence = step == Step::ds ? row_evidence(p, values) : "";
  if (const auto cause = explain(step, values, p, right))
    fail_with_report(p, cause->name, evidence + fmt::format("Your {} {}.", name, cause->sentence));
  if (!evidence.empty()) fail_with_report(p, "rows-not-zero", evidence.substr(0, evidence.size() - 1));
  try {
    expect_close(name.c_str(), got, right[step]);
  } catch (const Failure& failure) { fail_with_report(p, failure.cause, failure.message); }
}

}  // namespace gradus::exercises::backward
