#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// Attention weights as bytes for the report: of a causal map [T, T] only what may be seen, row by row, so the weight of
// query q and key k <= q is code number q (q + 1) / 2 + k. Linear codes of 8 bits would make most weights of a trained
// model 0; these keep the small ones.

/// 8 bits, logarithmic: 0 below 2^-16, else round(255 + 254 log2(p) / 16). A weight comes back within 2.2 % of itself.
/// map [T, T], weights in [0, 1]; anything else there is an error.
std::string e8(const Tensor& map);
/// 16 bits, low byte first: round(65535 sqrt(p)). Within 0.04 % of a weight of 1/512, and 1.6 % of 1e-6.
std::string e16(const Tensor& map);

/// What the report reads back: [side, side] float64, 0 above the diagonal. Error: not side (side + 1) / 2 codes.
Tensor from_e8(std::string_view codes, std::int64_t side);
Tensor from_e16(std::string_view codes, std::int64_t side);

/// Of maps [..., T, T] the largest visible weight of each block: [..., side, side] float64. Block i of `side` begins at
/// token i T / side. A mean would wash out a diagonal one token wide. side >= T: the maps as they are.
Tensor pooled(const Tensor& maps, std::int64_t side);

std::string base64(std::string_view bytes);

}  // namespace gradus::lab
