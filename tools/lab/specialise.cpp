#include "tools/lab/specialise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gradus/base/error.h"

namespace gradus::lab {
namespace {

std::vector<double> numbers_of(const Tensor& x) { return x.detach().to(Dtype::float64).to_vector<double>(); }

}  // namespace

bool heads_differ(const Tensor& divergences, const Tensor& damage) {
  const auto shown = [](const Tensor& x) {
    return x.defined() ? to_string(x.shape()) : std::string("an undefined tensor");
  };
  if (!divergences.defined() || !damage.defined() || divergences.dim() != 2 || damage.dim() != 2 ||
      divergences.size(0) != divergences.size(1) || damage.size(0) != divergences.size(0) ||
      damage.numel() == 0)
    fail(fmt::format(
        "heads_differ: needs divergences [H, H] and damage [H, targets] of the same heads, not {} and {}",
        shown(divergences), shown(damage)));
  const std::vector<double> apart = numbers_of(divergences), hurt = numbers_of(damage);
  const auto is_nan = [](double x) { return std::isnan(x); };
  if (std::any_of(apart.begin(), apart.end(), is_nan) || std::any_of(hurt.begin(), hurt.end(), is_nan))
    return false;

  const auto furthest = std::max_element(apart.begin(), apart.end());
  const std::int64_t pair = furthest - apart.begin(), heads = divergences.size(0), targets = damage.size(1);
  const auto worst = [&](std::int64_t head) {
    const auto row = hurt.begin() + head * targets;
    return std::max_element(row, row + targets) - hurt.begin();
  };
  const auto a = worst(pair / heads), b = worst(pair % heads);
  const auto needed = [&](auto at) { return hurt[static_cast<std::size_t>(at)] >= least_damage; };
  return *furthest >= least_divergence && needed(a) && needed(b) && a % targets != b % targets;
}

}  // namespace gradus::lab
