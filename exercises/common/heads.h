#pragma once
// Multi-head attention by plain loops in double, right or wrong in every way we know.
#include <optional>
#include <string>
#include <vector>

#include "exercises/common/oracle.h"

namespace gradus::exercises::heads {

/// [d_model, d_model] each; y = x W.
struct Weights {
  Array q, k, v, o;
};

/// The columns of each position dealt out to the heads in blocks.   [B, T, d_model] -> [B, H, T, d_k]
Array split(const Array& x, std::int64_t heads);
/// And back.   [B, H, T, d_k] -> [B, T, d_model]
Array merge(const Array& x);

/// Why a split or a merge is not the right one: a cause, and a predicate.
std::optional<Cause> explain_split(const Array& got, const Array& x, std::int64_t heads);
std::optional<Cause> explain_merge(const Array& got, const Array& x);

/// x w, of every item.   [B, T, d_model] -> [B, T, d_model]
Array project(const Array& x, const Array& w);

/// One item's heads as a batch of their own.   [B, H, T, d_k] -> [H, T, d_k]
Array item(const Array& x, std::int64_t b);

/// Attention of every head.   q, k, v [B, H, T, d_k], mask [T, T] or empty -> [B, H, T, d_k]
Array attend(const Array& q, const Array& k, const Array& v, const Array& mask);

/// The whole layer.   x [B, T, d_model] -> [B, T, d_model]
Array forward(const Array& x, const Weights& w, std::int64_t heads, const Array& mask = {});

/// The same with one mistake, of a word for tests and a sentence for the learner.
struct Variant {
  Cause cause;
  Array result;
};
std::vector<Variant> variants(const Array& x, const Weights& w, std::int64_t heads, const Array& mask = {});

/// The mistake that gives `got` where the right way does not.
std::optional<Cause> explain_forward(const Array& got, const Array& x, const Weights& w, std::int64_t heads,
                                     const Array& mask = {});

}  // namespace gradus::exercises::heads
