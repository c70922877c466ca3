#pragma once
// Attention by plain loops in double, right or wrong in every way we know, and the search for the way that
// explains a learner's result.
#include <optional>
#include <string>
#include <vector>

#include "exercises/common/array.h"
#include "exercises/common/cause.h"

namespace gradus::exercises {

/// How attention is computed. The first value of each is the right one.
struct Recipe {
  enum class Scale { root_keys, none, keys, times_root_keys, root_values, root_length, root_model };
  enum class Softmax { keys, queries, everything, batch, none, not_normalised, output };  ///< output: of A V
  enum class Mask { before, none, after, times, inverted, finite, first_item };
  enum class Mix { values, transposed };
  enum class Scores { qk, kq, memory };  ///< kq: K Q^T. memory: K^T read as if it lay there in that order

  Scale scale = Scale::root_keys;
  Softmax softmax = Softmax::keys;
  Mask mask = Mask::before;
  Scores scores = Scores::qk;
  Mix mix = Mix::values;
  std::int64_t model_width = 0;  ///< for Scale::root_model

  bool operator==(const Recipe&) const = default;
};

/// softmax(q k^T / sqrt(d_k) + mask) by the recipe.
///   q [B, Tq, d_k], k [B, Tk, d_k], mask [Tq, Tk] or empty  ->  [B, Tq, Tk]
Array weights(const Array& q, const Array& k, const Array& mask = {}, const Recipe& recipe = {});
/// q k^T / sqrt(d_k) + mask, which the softmax is given.
Array scores_of(const Array& q, const Array& k, const Array& mask = {});
/// The weights times v [B, Tk, d_v]  ->  [B, Tq, d_v]. Empty for a recipe whose shapes do not fit.
Array attention(const Array& q, const Array& k, const Array& v, const Array& mask = {},
                const Recipe& recipe = {});

/// [T, T]: 0 where key j <= query i, else -inf.
Array causal_mask(std::int64_t t);

/// The recipe that gives `got` where the right one does not: wrong in one step, or in the scale or the softmax and one
/// more.
std::optional<Cause> explain_attention(const Array& got, const Array& q, const Array& k, const Array& v,
                                       const Array& mask = {}, std::int64_t model_width = 0);

/// All recipes that the search tries, for the test that no two of them can be confused.
std::vector<Recipe> known_recipes(bool masked, std::int64_t model_width = 0);

}  // namespace gradus::exercises
