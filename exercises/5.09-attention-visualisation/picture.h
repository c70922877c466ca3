#pragma once
#include <string>
#include <vector>

#include "exercises/common/array.h"

namespace gradus::exercises {

/// Fails unless `text` is the heatmap of these weights: with what is wrong with its lines, its labels or its shades.
/// No weight may lie close to where one shade gives way to the next.
void expect_heatmap(const std::string& text, const Array& weights, const std::vector<std::string>& tokens);

/// Is one of these weights so close to k / 10 that rounding decides about its shade? 0 and 1 are not.
bool between_shades(const Array& weights);

}  // namespace gradus::exercises
