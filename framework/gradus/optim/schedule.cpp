#include "gradus/optim/schedule.h"

#include <cmath>
#include <numbers>

namespace gradus {

double Schedule::operator()(std::int64_t step) const {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup + 1);
  if (decay == Decay::constant) return peak;
  if (step >= total) return floor;
  const double part = static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  const double height = decay == Decay::linear ? 1 - part : 0.5 * (1 + std::cos(std::numbers::pi * part));
  return floor + (peak - floor) * height;
}

}  // namespace gradus
