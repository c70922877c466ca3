#pragma once
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// The patterns by which heads are told apart, each as one number per causal map: maps [..., T, T] -> [...] float64, off the
// tape, summed in double. As in metrics.h, rows count from first_row on, which is 2 unless there is a reason; a row q is
// looked at as far as its query sees, so at its n(q) = q + 1 keys 0 ... q. NaN where a score looks is NaN in its result.
//
// A score means little without what a head gets that spreads evenly, A[q, k] = 1 / n(q): uniform_... is that value.

/// The stripe d tokens back: the mean of A[q, q - d] over the rows q >= d + 1, where the token d back is not the first one.
/// Distance 0 is the current token, 1 the previous one; a head that looks at one place by position has a large one (Voita et
/// al. 2019, "positional heads").
Tensor offset_score(const Tensor& maps, std::int64_t offset, std::int64_t first_row = 2);
/// Those of 0 ... most, at once.  [..., most + 1]
Tensor offset_scores(const Tensor& maps, std::int64_t most, std::int64_t first_row = 2);
double uniform_offset_score(std::int64_t T, std::int64_t offset, std::int64_t first_row = 2);

/// How much one key gets from all that see it: the mean of A[q, column] over the rows q >= column. Of column 0 it tells an
/// attention sink (Gu et al. 2024, alpha_k; theirs has first_row = 0). The last columns are means of few rows.
Tensor column_score(const Tensor& maps, std::int64_t column, std::int64_t first_row = 2);
/// Those of every key, at once.  [..., T]
Tensor column_scores(const Tensor& maps, std::int64_t first_row = 2);
double uniform_column_score(std::int64_t T, std::int64_t column, std::int64_t first_row = 2);

/// The weight on the last `width` tokens, the query's own among them; over the rows q >= 2 width, since all of a short row
/// is near.
Tensor local_mass(const Tensor& maps, std::int64_t width = 8);
double uniform_local_mass(std::int64_t T, std::int64_t width = 8);

/// The weight on the first half of what is seen, but not on the first token: of 0 < k < q / 2. Short rows have no far.
Tensor far_mass(const Tensor& maps, std::int64_t first_row = 8);
double uniform_far_mass(std::int64_t T, std::int64_t first_row = 8);

/// How far back a head looks: sum A[q, k] (q - k) over the rows, divided by what it is when each row spreads evenly. 0: at
/// its own token, 1: evenly, 2: at the first token (after Vig & Belinkov 2019, in tokens there).
Tensor relative_distance(const Tensor& maps, std::int64_t first_row = 2);

/// The mean of a row's entropy divided by the most that it can be, ln n(q). 0: one key, 1: evenly. Dividing by ln T would
/// call every early row focused. Weights of 0 count 0.
Tensor normalised_entropy(const Tensor& maps, std::int64_t first_row = 2);

/// The mean of a row's largest weight (Voita et al. 2019, "confidence"); evenly spread it is uniform_causal_score.
Tensor sharpness(const Tensor& maps, std::int64_t first_row = 2);

/// The share of the rows q >= offset + 1 whose largest weight is the one `offset` tokens back. A tie is no largest weight, so
/// evenly spread it is 0.
Tensor argmax_share(const Tensor& maps, std::int64_t offset = 1, std::int64_t first_row = 2);

/// How much of a head's pattern changes with the text: half the mass by which a map differs from the mean map, of its own
/// mass.   maps [N, ..., T, T] of N texts, their mean [..., T, T] -> [N, ...]
/// 0: a function of the positions alone, 1: nothing in common with the mean. (Vig & Belinkov 2019, "attention variability":
/// its mean over texts.) The mean of few texts resembles each of them: of N texts that have nothing in common it is 1 - 1 / N.
Tensor variability(const Tensor& maps, const Tensor& mean, std::int64_t first_row = 2);

/// The weight on the keys of a class of tokens (spaces, punctuation, ...): in_class[k] says whether token k is of it. By how
/// much it exceeds its uniform value is the class's lift (Clark et al. 2019, section 3.2).
Tensor class_mass(const Tensor& maps, const std::vector<bool>& in_class, std::int64_t first_row = 2);
double uniform_class_mass(const std::vector<bool>& in_class, std::int64_t first_row = 2);

}  // namespace gradus::lab
