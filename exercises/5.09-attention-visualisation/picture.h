#pragma once
#include <string>
#include <vector>

#include "exercises/common/array.h"

namespace gradus::exercises {

/// Fails unless `text` has a line for each token that could be its heatmap's: labelled, all equally wide.
void expect_form(const std::string& text, const std::vector<std::string>& tokens);

/// The same, and that the shades are those of the weights.
/// No weight may lie close to where one shade gives way to the next.
void expect_heatmap(const std::string& text, const Array& weights, const std::vector<std::string>& tokens);

/// Is one of these weights so close to k / 10 that rounding decides about its shade? 0 and 1 are not.
bool between_shades(const Array& weights);

}  // namespace gradus::exercises
