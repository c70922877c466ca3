#include "cost.h"

#include <fmt/format.h>

#include <cmath>

#include "terminal.h"

namespace gradus::tools {
namespace {

/// 12345678 with 3 digits and a prefix of `step`s: "12.3 M".
std::string scaled(double value, double step, const char* const* prefix) {
  while (value >= 999.5 && prefix[1]) {
    value /= step;
    ++prefix;
  }
  const int digits = value == std::floor(value) && value < 99.5 ? 0
                     : value < 9.995                            ? 2
                     : value < 99.95                            ? 1
                                                                : 0;
  return fmt::format("{:.{}f} {}", value, digits, *prefix);
}

}  // namespace

std::string bytes_text(double bytes) {
  constexpr const char* prefix[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", nullptr};
  return scaled(bytes, 1024, prefix);
}

Cost cost_of(const Settings& s, std::int64_t vocab_size) {
  const auto C = static_cast<double>(s.width), L = static_cast<double>(s.layers),
             T = static_cast<double>(s.context);
  const auto V = static_cast<double>(vocab_size), tokens = static_cast<double>(s.batch) * T;
  Cost cost;
  // A block: qkv 3 C^2, output C^2, feed-forward 8 C^2, two norms C. Embeddings: tokens (also the head),
  // positions; last norm.
  cost.parameters =
      s.layers * (12 * s.width * s.width + 2 * s.width) + (vocab_size + s.context + 1) * s.width;
  const double parameter_bytes = 4 * static_cast<double>(cost.parameters);
  cost.weights = cost.gradients = parameter_bytes;
  cost.moments = 2 * parameter_bytes;
  // What backward needs of a block: inputs of its norms (2 C), of qkv (C), of attention (3 C), of its output
  // map (C), of the feed-forward maps and GELU (C + 4 C + 4 C). After the last block: a norm, and logits with
  // their gradient.
  cost.activations = 4 * tokens * (L * 16 * C + 2 * C + 2 * V);
  // A product of m x k and k x n is 2 m k n operations, once forward and twice backward. Causal attention
  // computes half of its T x T scores; q k^T and a v forward, and five products of that size backward.
  cost.matrix_flops = 6 * tokens * (L * 12 * C * C + V * C);
  cost.attention_flops = (2 + 5) * 2 * tokens * (T / 2) * C * L;
  return cost;
}

std::string report(const Cost& cost, const Settings& s) {
  constexpr const char* prefix[] = {"", "K", "M", "G", "T", "P", "E", nullptr};
  const auto flops = [&](double n) { return scaled(n, 1000, prefix) + "FLOP"; };
  return fmt::format(
      "parameters   {}\n"
      "memory       {}: weights {}, gradients {}, AdamW's moments {}, activations {}\n"
      "step         {} forward and backward: matrix products {}, attention {}\n"
      "run          {} in {} steps of {} x {} tokens",
      grouped(cost.parameters), bytes_text(cost.bytes()), bytes_text(cost.weights),
      bytes_text(cost.gradients), bytes_text(cost.moments), bytes_text(cost.activations), flops(cost.flops()),
      flops(cost.matrix_flops), flops(cost.attention_flops),
      flops(cost.flops() * static_cast<double>(s.steps)), grouped(s.steps), s.batch, s.context);
}

}  // namespace gradus::tools
