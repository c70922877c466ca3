#include "exercises/common/masked.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "exercises/common/checks.h"
#include "exercises/common/oracle.h"
#include "exercises/common/weights.h"

namespace gradus::exercises {
namespace {

bool blocked(const Array& mask, std::int64_t i, std::int64_t j) { return std::isinf(mask(i, j)); }

bool blocks_a_key(const Array& mask, std::int64_t i) {
  for (std::int64_t j = 0; j < mask.size(1); ++j)
    if (blocked(mask, i, j)) return true;
  return false;
}

void expect_no_nan(const Array& a, const Array& mask) {
  bool with = false, without = false;  // NaN in rows with a blocked key, in rows without
  for_each_index<3>(a.shape, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    if (std::isnan(a(b, i, j))) (blocks_a_key(mask, i) ? with : without) = true;
  });
  if (with && !without)
    fail_check(
        "mask-not-added",
        "Queries with a blocked key give NaN, those without do not: a score of +infinity, infinity times 0, "
        "or -inf among the weights. The mask is added to the scores: any score + (-inf) is -inf.");
  if (with || without)
    fail_check("not-finite",
               "The weights contain NaN: 0/0, or infinity minus infinity, or 0 times infinity.");
}

/// The one value of all, as far as float32 weights tell.
std::optional<double> constant(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  if (!(values.back() - values.front() <= 1e-2 * (1 + std::abs(values.front())))) return {};
  return values[values.size() / 2];
}

/// A weight that must be 0 and is not, with the reason.
[[noreturn]] void fail_leak(const Array& a, const Array& s, const Array& mask, std::int64_t b0,
                            std::int64_t i0, std::int64_t j0) {
  // A blocked key j beside an allowed key l of the same query: which score would explain its weight?
  std::vector<double> added, instead;
  bool allowed_is_0 = true, as_transposed = mask.size(0) == mask.size(1);
  for_each_index<3>(a.shape, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    if (!blocked(mask, i, j)) allowed_is_0 = allowed_is_0 && std::abs(a(b, i, j)) <= 0;
    if (as_transposed) as_transposed = blocked(mask, j, i) == (std::abs(a(b, i, j)) <= 0);
    if (!blocked(mask, i, j) || a(b, i, j) <= 0) return;
    for (std::int64_t l = 0; l < a.size(2); ++l) {
      if (blocked(mask, i, l) || a(b, i, l) <= 0) continue;
      const double ratio = std::log(a(b, i, j) / a(b, i, l));
      instead.push_back(ratio + s(b, i, l));
      added.push_back(instead.back() - s(b, i, j));
    }
  });
  std::string cause, why;
  if (allowed_is_0) {
    cause = "mask-inverted";
    why = "Allowed keys get nothing: what the mask allows is blocked, and the other way round.";
  } else if (as_transposed) {
    cause = "mask-transposed";
    why = "Exactly the mirror image of the mask is blocked: row = query, column = key.";
  } else if (b0 > 0) {
    cause = "mask-first-item";
    why = "Item 0 of the batch is masked, later ones are not: the mask holds for all.";
  } else if (const auto c = constant(added); c && std::abs(*c) <= 1e-2) {
    cause = "mask-ignored";
    why = "These are the weights without a mask: it has no effect.";
  } else if (const auto z = constant(instead); z && std::abs(*z) <= 1e-2) {
    cause = "mask-times";
    why =
        "Blocked scores behave as if they were 0, and e^0 = 1 is a weight like any other: a score of 0 is "
        "not 'blocked', -inf is.";
  } else if (c || z) {
    cause = "mask-leaks";
    why = fmt::format("Blocked scores behave as if {:.2f} {}, which leaks e^{:.0f}. -inf leaks nothing.",
                      c ? *c : *z, c ? "were added to them" : "stood in their place", c ? *c : *z);
  }
  const std::string leak =
      fmt::format("Position {} attends to position {} with a weight of {}, and the mask blocks that.", i0, j0,
                  show(a(b0, i0, j0)));
  if (cause.empty()) fail_unexplained(leak);
  fail_check(cause, leak + " " + why);
}

/// Whether the allowed weights are what they are without a mask: it came too late.
bool as_without_mask(const Array& a, const Array& s, const Array& mask) {
  bool same = true;
  for_each_index<3>(a.shape, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    double total = 0;
    for (std::int64_t l = 0; l < a.size(2); ++l) total += std::exp(s(b, i, l) - s(b, i, j));
    if (!blocked(mask, i, j)) same = same && std::abs(a(b, i, j) - 1 / total) <= 1e-5;
  });
  return same;
}

}  // namespace

std::optional<Cause> explain_triangle(const Array& mask) {
  const std::int64_t n = mask.size(0);
  const auto blocks = [&](auto where) {
    bool same = true;
    for_each_index<2>(mask.shape, [&](auto i, auto j) { same = same && blocked(mask, i, j) == where(i, j); });
    return same;
  };
  if (blocks([](auto i, auto j) { return j > i; })) return {};
  if (blocks([](auto i, auto j) { return j >= i; }))
    return Cause{"mask-strict", "the first position may attend to nothing, not even to itself"};
  if (blocks([](auto i, auto j) { return j < i; }))
    return Cause{"mask-transposed",
                 "the first position sees all, and the last only itself: row = query, column = key"};
  if (blocks([](auto i, auto j) { return j <= i; }))
    return Cause{"mask-inverted",
                 "only the future can be seen: what may be seen and what is blocked are exchanged"};
  if (blocks([](auto, auto) { return false; }))
    return Cause{"mask-empty", "every position sees every other: that is no mask"};
  if (blocks([](auto i, auto j) { return j != i; }))
    return Cause{"mask-diagonal", "a position sees itself alone and knows nothing of what came before"};
  for (std::int64_t k = 1 - n; k < n; ++k)
    if (blocks([k](auto i, auto j) { return j > i + k; }))
      return Cause{"mask-off-by-one", fmt::format("the edge of the triangle lies {} too far to the {}",
                                                  std::abs(k), k > 0 ? "right" : "left")};
  return {};
}

void expect_masked(const Array& a, const Array& s, const Array& mask) {
  expect_no_nan(a, mask);
  for_each_index<3>(a.shape, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
    if (blocked(mask, i, j) && std::abs(a(b, i, j)) > 0) fail_leak(a, s, mask, b, i, j);
  });
  if (!as_without_mask(a, s, mask)) return expect_rows_sum_to_one(a);
  for (std::int64_t i = 0; i < a.size(1); ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < a.size(2); ++j) sum += a(std::int64_t{0}, i, j);
    if (std::abs(sum - 1) <= 1e-5) continue;
    fail_check(
        "mask-after-softmax",
        fmt::format("The weights of position {} sum to {:.2f}: they were shared out among all keys, and what "
                    "the blocked ones had is lost. Mask the scores, before the softmax.",
                    i, sum));
  }
}

}  // namespace gradus::exercises
