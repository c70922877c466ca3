#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gradus/base/error.h"
#include "tools/lab/codes.h"
#include "tools/lab/report/data.h"

namespace gradus::lab {
namespace {

constexpr std::int64_t fine_limit = 8 << 20;      // bytes of 16-bit codes; beyond it 8 bits are enough
constexpr std::int64_t steps_limit = 2 << 20;     // bytes of the checkpoints' pictures
constexpr std::int64_t thumbnail = 64;            // the side of a head's small picture
constexpr std::int64_t coarse[] = {128, 64, 32};  // sides to which maps are pooled

std::int64_t triangle(std::int64_t side) { return side * (side + 1) / 2; }
std::int64_t in_base64(std::int64_t bytes) { return (bytes + 2) / 3 * 4; }

/// No side of 0, and none above T.
std::int64_t side_of(std::int64_t wanted, std::int64_t T) { return wanted == 0 ? T : std::min(wanted, T); }

std::string codes_of(const Tensor& map, std::int64_t side, bool fine) {
  const Tensor shown = side < map.size(0) ? pooled(map, side) : map;
  return fine ? e16(shown) : e8(shown);
}

std::string block(const std::string& id, bool fine, const std::string& codes) {
  return fmt::format("<script type=\"application/octet-stream\" id=\"{}\" data-codec=\"{}\">{}</script>\n",
                     id, fine ? "e16" : "e8", base64(codes));
}

/// What map_blocks takes, to within the tags.
std::int64_t size_of(const Analysis& a, const Precision& p) {
  std::int64_t bytes = 0;
  for (const ShownText& text : a.texts) {
    const std::int64_t T = std::ssize(text.tokens), width = p.fine ? 2 : 1;
    for (std::int64_t l = 0; l < a.layers; ++l) {
      std::int64_t codes = 0;
      for (std::int64_t h = 0; h < a.heads; ++h)
        codes += triangle(side_of(p.side[static_cast<std::size_t>(l * a.heads + h)], T));
      bytes += in_base64(codes * width) + 100;
    }
    if (text.rollout.defined())
      bytes += in_base64(a.layers * triangle(side_of(p.rollout_side, T)) * width) + 100;
  }
  return bytes;
}

/// Heads with a label before those without; among each, those whose removal costs most first.
std::vector<std::size_t> by_importance(const Analysis& a) {
  std::vector<std::size_t> order(a.head.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto labelled = [&](std::size_t i) {
    return !a.head[i].labels.empty() && a.head[i].labels.front() != mixed;
  };
  const auto cost = [&](std::size_t i) {
    const double c = a.head[i].evidence.mean_ablation.value;
    return std::isnan(c) ? -INFINITY : c;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return labelled(x) != labelled(y) ? labelled(x) : cost(x) > cost(y);
  });
  return order;
}

}  // namespace

std::int64_t Precision::pooled_heads() const {
  return std::count_if(side.begin(), side.end(), [](std::int64_t s) { return s != 0; });
}

Precision precision_for(const Analysis& a, std::int64_t room) {
  Precision p{true, std::vector<std::int64_t>(a.head.size()), 0};
  if (size_of(a, p) <= std::min(room, fine_limit)) return p;
  p.fine = false;
  if (size_of(a, p) <= room) return p;
  for (const std::int64_t side : coarse) {
    p.rollout_side = side;
    std::fill(p.side.begin(), p.side.end(), side);
    if (size_of(a, p) > room) continue;
    for (const std::size_t head : by_importance(a)) {
      p.side[head] = 0;
      if (size_of(a, p) <= room) continue;
      p.side[head] = side;
      break;
    }
    return p;
  }
  fail(Kind::resources,
       fmt::format(
           "report: the maps of {} heads on {} texts need {} bytes even when pooled to {} x {}, and {} "
           "are left; show fewer texts, or allow a larger file",
           a.head.size(), a.texts.size(), size_of(a, p), coarse[2], coarse[2],
           std::max<std::int64_t>(room, 0)));
}

std::int64_t step_side(const Analysis& a) {
  if (a.checkpoints.empty()) return 0;
  std::int64_t side = a.checkpoints.front().maps.size(-1);
  const std::int64_t maps = std::ssize(a.checkpoints) * std::ssize(a.head);
  while (side > 8 && in_base64(maps * triangle(side)) > steps_limit) side = (side + 1) / 2;
  return side;
}

std::string map_blocks(const Analysis& a, const Precision& p) {
  std::string blocks;
  for (std::size_t x = 0; x < a.texts.size(); ++x) {
    const ShownText& text = a.texts[x];
    const std::int64_t T = std::ssize(text.tokens);
    for (std::int64_t l = 0; l < a.layers; ++l) {
      std::string codes;
      for (std::int64_t h = 0; h < a.heads; ++h)
        codes +=
            codes_of(text.maps[l][h], side_of(p.side[static_cast<std::size_t>(l * a.heads + h)], T), p.fine);
      blocks += block(fmt::format("maps-{}-{}", x, l), p.fine, codes);
    }
    if (!text.rollout.defined()) continue;
    std::string codes;
    for (std::int64_t l = 0; l < a.layers; ++l)
      codes += codes_of(text.rollout[l], side_of(p.rollout_side, T), p.fine);
    blocks += block(fmt::format("rollout-{}", x), p.fine, codes);
  }
  return blocks;
}

double largest_cost(const EdgeStudy& study) {
  double most = 1e-9;
  if (study.cost.defined())
    for (const double c : study.cost.detach().to(Dtype::float64).to_vector<double>())
      if (std::isfinite(c)) most = std::max(most, std::abs(c));
  return most;
}

std::string cost_blocks(const Analysis& a) {
  std::string blocks;
  for (std::size_t i = 0; i < a.studies.size(); ++i) {
    const EdgeStudy& study = a.studies[i];
    const std::vector<double> cost = study.cost.detach().to(Dtype::float64).to_vector<double>();
    const std::int64_t T = study.cost.size(0);
    const double largest = largest_cost(study);
    std::string codes;  // 16 bits, low byte first: 0 is the largest gain, 65534 the largest cost
    for (std::int64_t q = 0; q < T; ++q)
      for (std::int64_t k = 0; k <= q; ++k) {
        const double share = cost[static_cast<std::size_t>(q * T + k)] / largest;
        const auto code = static_cast<unsigned>(
            std::lround(32767 * (1 + (std::isnan(share) ? 0 : std::clamp(share, -1.0, 1.0)))));
        codes += static_cast<char>(code & 255u);
        codes += static_cast<char>(code >> 8u);
      }
    blocks += fmt::format(
        "<script type=\"application/octet-stream\" id=\"cost-{}\" data-codec=\"signed\">{}</script>\n", i,
        base64(codes));
  }
  return blocks;
}

std::string picture_blocks(const Analysis& a) {
  const auto all_heads = [&](const Tensor& maps, std::int64_t side) {
    std::string codes;
    for (std::int64_t l = 0; l < a.layers; ++l)
      for (std::int64_t h = 0; h < a.heads; ++h) codes += codes_of(maps[l][h], side, false);
    return codes;
  };
  std::string blocks;
  for (std::size_t x = 0; x < a.texts.size(); ++x)
    blocks += block(fmt::format("thumbs-{}", x), false,
                    all_heads(a.texts[x].maps, side_of(thumbnail, std::ssize(a.texts[x].tokens))));
  std::string codes;
  for (const Checkpoint& c : a.checkpoints) codes += all_heads(c.maps, step_side(a));
  return a.checkpoints.empty() ? blocks : blocks + block("steps", false, codes);
}

}  // namespace gradus::lab
