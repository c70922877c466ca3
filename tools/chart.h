#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/data/entropy.h"
#include "log.h"

namespace gradus::tools {

/// The loss by step in bounded memory: training losses are averaged over stretches that double in length when
/// there are too many of them.
class LossCurve {
 public:
  using Point = std::pair<double, double>;  // step, loss
  void add(const StepLog& line);
  const std::vector<Point>& train() const { return train_; }
  const std::vector<Point>& validation() const { return validation_; }

 private:
  static constexpr std::size_t most = 400;
  std::vector<Point> train_, validation_;
  std::int64_t stretch_ = 1, waiting_ = 0;
  double steps_ = 0, losses_ = 0;
};

/// loss.svg: the curve against the losses that simpler models reach and, where it is known, the floor that
/// none can pass. Readable on light and dark pages.
std::string loss_svg(const std::string& title, const LossCurve& curve, const Baselines& baselines,
                     std::optional<double> floor);

}  // namespace gradus::tools
