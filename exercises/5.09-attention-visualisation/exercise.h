#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "exercises/common/elements.h"
#include "exercises/common/todo.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/masking.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/text.h"

namespace gradus::exercises {

/// What a weight is drawn with, from light to dark: shades[k] for weights from k / 10 up to (k + 1) / 10, and the last
/// one for a weight of 1 as well.
inline constexpr std::string_view shades = " .:-=+*#%@";

/// A map as text. One line for each query: its token, with blanks to the width of the widest token; a blank; and for each
/// key the weight's shade, twice. All lines are equally wide. lab::columns(token) tells how wide a token is.
///   weights [T, T], row = query, column = key;  tokens: T of them
std::string heatmap(const Tensor& weights, const std::vector<std::string>& tokens);

/// How far back each head looks: for every distance d the mean of A[i, i - d], over the batch and over those rows i that
/// have a token d places back.
///   maps [B, H, T, T]  ->  [H, T]
Tensor offset_profile(const Tensor& maps);

/// How much each head looks at the token before: the mean of A[i, i - 1], over the batch and the rows i = 2 ... T - 1.
///   maps [B, H, T, T], T >= 3  ->  [H]
Tensor previous_token_score(const Tensor& maps);

}  // namespace gradus::exercises
