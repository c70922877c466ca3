#include "report.h"

#include <fmt/format.h>

#include <cmath>

#include "exercise.h"
#include "exercises/common/gradient_rules.h"

namespace gradus::exercises::backward {
namespace {

/// Calls one step, and keeps what comes of it; a shape that nobody can compare counts as missing.
template <class F> void take(Chain& chain, Step step, const Array& expected, F f) {
  std::string& missing = chain.missing[static_cast<std::size_t>(step)];
  try {
    const Tensor g = f();
    if (!g.defined())
      missing = "nothing was returned";
    else if (!(g.shape() == expected.shape))
      missing = fmt::format("has shape {} instead of {}", to_string(g.shape()), to_string(expected.shape));
    else
      chain.value[step] = Array(g);
  } catch (const NotWritten&) { missing = "not written yet"; } catch (const std::exception& e) {
    missing = std::string("stopped: ") + e.what();
  }
  missing = missing.substr(0, missing.find('\n'));
}

bool diverges(const Array& yours, const Array& tape) { return !(distance(yours, tape) <= tolerance); }

/// The element that is farthest from the tape's; with nothing apart, the first.
std::size_t worst(const Array& yours, const Array& tape) {
  std::size_t at = 0;
  double most = -1;
  for (std::size_t i = 0; i < tape.values.size(); ++i) {
    const double d = std::abs(yours.values[i] - tape.values[i]);
    if (d > most || std::isnan(d)) at = i, most = d;
    if (std::isnan(d)) break;
  }
  return at;
}

std::string row_of(const Array& x, std::int64_t b, std::int64_t i) {
  std::string text;
  for (std::int64_t j = 0; j < x.size(2); ++j) text += fmt::format("{:9.5f}", x(b, i, j));
  return text;
}

/// Before the first that diverges all is right, so it can be judged as the step alone that it is.
std::string conclusion(const Problem& p, const Chain& yours, const Gradients& tape) {
  if (const auto first = first_divergence(yours, tape)) {
    const auto cause = explain(*first, yours.value[*first], p, tape);
    return fmt::format("The first that diverges is {}{}.", name_of(*first),
                       cause ? ": it " + cause->sentence : "; no mistake that we know explains it");
  }
  std::size_t missing = 0;
  for (const std::string& why : yours.missing) missing += !why.empty();
  if (missing == steps.size()) return "There is nothing of yours to show yet.";
  return missing > 0 ? "What is there agrees." : "All five agree.";
}

}  // namespace

Chain chain(const Problem& p) {
  const Gradients tape = by_tape(p);
  Chain c;
  const auto so_far = [&](Step step) {
    return (c.missing[static_cast<std::size_t>(step)].empty() ? c.value : tape)[step].tensor();
  };
  const Tensor a = p.weights().tensor(), dout = p.dout.tensor();
  take(c, Step::dv, tape[Step::dv], [&] { return grad_v(a, dout); });
  take(c, Step::da, tape[Step::da], [&] { return grad_a(dout, p.v.tensor()); });
  take(c, Step::ds, tape[Step::ds], [&] { return grad_s(a, so_far(Step::da)); });
  take(c, Step::dq, tape[Step::dq], [&] { return grad_q(so_far(Step::ds), p.k.tensor()); });
  take(c, Step::dk, tape[Step::dk], [&] { return grad_k(so_far(Step::ds), p.q.tensor()); });
  return c;
}

std::optional<Step> first_divergence(const Chain& yours, const Gradients& tape) {
  for (const Step step : steps)
    if (yours.missing[static_cast<std::size_t>(step)].empty() && diverges(yours.value[step], tape[step]))
      return step;
  return {};
}

std::string compact_report(const Problem& p) {
  const Chain yours = chain(p);
  const Gradients tape = by_tape(p), numeric = by_differences(p);
  const auto first = first_divergence(yours, tape);
  std::string text = "Where each is worst:    yours      tape   numeric  difference";
  for (const Step step : steps) {
    const std::string& missing = yours.missing[static_cast<std::size_t>(step)];
    if (!missing.empty()) {
      text += fmt::format("\n  {}  {}", name_of(step), missing);
      continue;
    }
    const std::size_t at = worst(yours.value[step], tape[step]);
    const double mine = yours.value[step].values[at], theirs = tape[step].values[at];
    text += fmt::format("\n  {}  {:<12} {:9.5f} {:9.5f} {:9.5f}  {:10.1e}{}", name_of(step),
                        index_of(at, tape[step].shape), mine, theirs, numeric[step].values[at],
                        std::abs(mine - theirs),
                        first == step                             ? "  <- diverges first"
                        : diverges(yours.value[step], tape[step]) ? "  <- diverges"
                                                                  : "");
  }
  return text;
}

std::string full_report(const Problem& p) {
  const Chain yours = chain(p);
  const Gradients tape = by_tape(p), numeric = by_differences(p);
  std::string text;
  for (const Step step : steps) {
    const std::string& missing = yours.missing[static_cast<std::size_t>(step)];
    const Array& t = tape[step];
    text += fmt::format("{} {}", name_of(step), to_string(t.shape));
    if (!missing.empty()) {
      text += fmt::format("   {}\n\n", missing);
      continue;
    }
    const Array& mine = yours.value[step];
    const std::size_t at = worst(mine, t);
    text += fmt::format("   {}: the largest difference to the tape is {:.1e}\n",
                        diverges(mine, t) ? "DIVERGES" : "agrees", std::abs(mine.values[at] - t.values[at]));
    const int width = static_cast<int>(9 * t.size(2));
    text += fmt::format("  {:>8} {:>{}}  |{:>{}}  |{:>{}}\n", "", "yours", width, "tape", width, "numeric",
                        width);
    for (std::int64_t b = 0; b < t.size(0); ++b)
      for (std::int64_t i = 0; i < t.size(1); ++i) {
        bool apart = false;
        for (std::int64_t j = 0; j < t.size(2); ++j)
          apart = apart || !(std::abs(mine(b, i, j) - t(b, i, j)) <= tolerance * (1 + std::abs(t(b, i, j))));
        text += fmt::format("  {:>8} {}  |{}  |{}{}\n", fmt::format("[{}, {}]", b, i), row_of(mine, b, i),
                            row_of(t, b, i), row_of(numeric[step], b, i), apart ? "  *" : "");
      }
    text += "\n";
  }
  return text + conclusion(p, yours, tape) + "\n";
}

}  // namespace gradus::exercises::backward
