#include "tools/lab/codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/tensor/creation.h"

namespace gradus::lab {
namespace {

constexpr double octaves = 16, e8_steps = 254, e16_top = 65535;

std::vector<double> weights_of(const char* what, const Tensor& map) {
  if (!map.defined() || map.dim() != 2 || map.size(0) != map.size(1))
    fail(fmt::format("{}: wants a map of shape [T, T], not {}", what,
                     map.defined() ? to_string(map.shape()) : "an undefined tensor"));
  return map.detach().to(Dtype::float64).to_vector<double>();
}

// A weight may pass 1 by what a row's sum is off by in float32, not by more.
double checked(const char* what, double p, std::int64_t q, std::int64_t k) {
  if (!(p >= 0 && p <= 1 + 1e-5))
    fail(Kind::numerical,
         fmt::format("{}: the weight of query {}, key {} is {}; a weight is from 0 to 1", what, q, k, p));
  return std::min(p, 1.0);
}

template <class F> std::string coded(const char* what, const Tensor& map, F add) {
  const std::vector<double> weights = weights_of(what, map);
  const std::int64_t T = map.size(0);
  std::string codes;
  for (std::int64_t q = 0; q < T; ++q)
    for (std::int64_t k = 0; k <= q; ++k)
      add(codes, checked(what, weights[static_cast<std::size_t>(q * T + k)], q, k));
  return codes;
}

template <class F>
Tensor decoded(const char* what, std::string_view codes, std::int64_t side, std::size_t bytes, F value) {
  const auto wanted = static_cast<std::size_t>(side * (side + 1) / 2) * bytes;
  if (side < 0 || codes.size() != wanted)
    fail(Kind::input,
         fmt::format("{}: a map of side {} has {} bytes of codes, not {}", what, side, wanted, codes.size()));
  std::vector<double> weights(static_cast<std::size_t>(side * side));
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(codes[i]); };
  std::size_t at = 0;
  for (std::int64_t q = 0; q < side; ++q)
    for (std::int64_t k = 0; k <= q; ++k, at += bytes)
      weights[static_cast<std::size_t>(q * side + k)] =
          value(bytes == 1 ? byte(at) : byte(at) + 256u * byte(at + 1));
  return tensor(weights, {side, side});
}

}  // namespace

std::string e8(const Tensor& map) {
  return coded("e8", map, [](std::string& codes, double p) {
    const double code = std::round(255 + e8_steps * std::log2(p) / octaves);
    codes += static_cast<char>(p < 0x1p-16 ? 0 : std::clamp(code, 1.0, 255.0));
  });
}

std::string e16(const Tensor& map) {
  return coded("e16", map, [](std::string& codes, double p) {
    const auto code = static_cast<unsigned>(std::round(e16_top * std::sqrt(p)));
    codes += static_cast<char>(code & 255u);
    codes += static_cast<char>(code >> 8u);
  });
}

Tensor from_e8(std::string_view codes, std::int64_t side) {
  return decoded("e8", codes, side, 1,
                 [](unsigned c) { return c == 0 ? 0 : std::exp2((c - 255.0) * octaves / e8_steps); });
}

Tensor from_e16(std::string_view codes, std::int64_t side) {
  return decoded("e16", codes, side, 2, [](unsigned c) { return (c / e16_top) * (c / e16_top); });
}

Tensor pooled(const Tensor& maps, std::int64_t side) {
  if (!maps.defined() || maps.dim() < 2 || maps.size(-1) != maps.size(-2) || side < 1)
    fail(fmt::format("pooled: wants maps of shape [..., T, T] and a side of 1 or more, not {} and {}",
                     maps.defined() ? to_string(maps.shape()) : "an undefined tensor", side));
  const std::int64_t T = maps.size(-1), S = std::min(side, T);
  Shape shape = maps.shape();
  shape[shape.rank() - 1] = shape[shape.rank() - 2] = S;
  const std::vector<double> in = maps.detach().to(Dtype::float64).to_vector<double>();
  std::vector<double> out(static_cast<std::size_t>(shape.numel()));
  std::vector<std::int64_t> block(static_cast<std::size_t>(T));  // which one a token is in
  for (std::int64_t i = 0; i < S; ++i)
    for (std::int64_t t = i * T / S; t < (i + 1) * T / S; ++t) block[static_cast<std::size_t>(t)] = i;

  const auto count = T > 0 ? static_cast<std::int64_t>(in.size()) / (T * T) : 0;
  for (std::int64_t n = 0; n < count; ++n)
    for (std::int64_t q = 0; q < T; ++q)
      for (std::int64_t k = 0; k <= q; ++k) {
        const std::int64_t i = block[static_cast<std::size_t>(q)], j = block[static_cast<std::size_t>(k)];
        double& most = out[static_cast<std::size_t>((n * S + i) * S + j)];
        const double w = in[static_cast<std::size_t>((n * T + q) * T + k)];
        most = std::isnan(w) ? w : std::max(most, w);  // what is not a number stays visible as such
      }
  return tensor(out, shape);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t n = std::min<std::size_t>(bytes.size() - at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8u | (i < n ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (unsigned i = 0; i < 4; ++i) text += i <= n ? letters[(group >> (18u - 6u * i)) & 63u] : '=';
  }
  return text;
}

}  // namespace gradus::lab
