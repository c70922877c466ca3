#pragma once
#include <cstdint>
#include <string>

#include "settings.h"

namespace gradus::tools {

/// What a run will cost, worked out from its sizes alone.
struct Cost {
  std::int64_t parameters = 0;
  double weights = 0, gradients = 0, moments = 0, activations = 0;  ///< bytes
  double bytes() const { return weights + gradients + moments + activations; }
  double matrix_flops = 0, attention_flops = 0;  ///< of one step, forward and backward
  double flops() const { return matrix_flops + attention_flops; }
};

Cost cost_of(const Settings& settings, std::int64_t vocab);
std::string report(const Cost& cost, const Settings& settings);  ///< the table of --dry-run

std::string bytes_text(double bytes);  ///< "3.1 MiB"

}  // namespace gradus::tools
