#pragma once
// Attention with relative positions by plain loops in double, right or wrong in the ways that we know.
#include <optional>
#include <vector>

#include "exercises/common/array.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises::relative {

/// q, k [B, H, T, d_k], v [B, H, T, d_v], positions [T, d_k], u, w [H, d_k]
struct Problem {
  Array q, k, v, positions, u, w;
};

/// [B, T, d] as one head without biases.
Problem one_head(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& positions);

/// The first value of each is the right one.
struct Way {
  enum class Row { distance, backwards, key, query, one_more, one_less, constant };
  enum class Partner { query, key, key_of_query };  ///< of r: q_i, k_j, k_i
  enum class Scale { root_keys, none, keys, twice, missing, negative };
  enum class Biases { own, none, exchanged, no_u, no_w, only_u, only_w, first_head, subtracted };
  enum class Values { plain, by_key, by_distance };  ///< r added to them
  enum class Mask { causal, none };

  Scale content = Scale::root_keys, position = Scale::root_keys;
  Row row = Row::distance;
  Partner partner = Partner::query;
  Biases biases = Biases::own;
  Values values = Values::plain;
  Mask mask = Mask::causal;

  bool operator==(const Way&) const = default;
};

/// The sum of both terms, before the mask.   [B, H, T, T]
Array scores(const Problem& p, const Way& way = {});
Array weights(const Problem& p, const Way& way = {});
/// [B, H, T, d_v]; empty for a way whose shapes do not fit.
Array attention(const Problem& p, const Way& way = {});

/// The way, at most two steps away from the right one, that gives `got` where the right one does not.
std::optional<Cause> explain(const Array& got, const Problem& p);
/// All ways that are tried.
std::vector<Way> known_ways(const Problem& p);

/// q_i . r_(row), above the diagonal 0.   q [B, T, d_k], positions [T, d_k]  ->  [B, T, T]
Array position_scores(const Array& q, const Array& positions, Way::Row row = Way::Row::distance);
/// The same search for these; only j <= i counts.
std::optional<Cause> explain_position_scores(const Array& got, const Array& q, const Array& positions);

/// x(i, T - 1 - (i - j)), above the diagonal 0.   [B, T, T]
Array shifted(const Array& x);
std::optional<Cause> explain_shift(const Array& got, const Array& x);

/// A copy with zeros above the diagonal of the last two axes, [B, T, T].
Array lower(Array x);

/// The gradient of sum(dout o attention(p)) by one part of p, from differences in double.
Array gradient(const Problem& p, Array Problem::*part, const Array& dout, double h = 1e-5);

}  // namespace gradus::exercises::relative
