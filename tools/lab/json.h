#pragma once
#include <string>

#include "tools/lab/analysis.h"

namespace gradus::lab {

/// The analysis as JSON, "gradus.attn/1": the model, every head with its scores (value, interval, even spread, untrained),
/// labels and evidence, thresholds, what was found in words, and for each text its tokens (as text, and their bytes in
/// base64 where they are not UTF-8). Weights are not in it: they are the .npy files. NaN is null.
std::string json(const Analysis& analysis);

}  // namespace gradus::lab
