#include "chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradus::tools {
namespace {

constexpr double width = 760, height = 420;
constexpr double left = 56, right = width - 160, top = 64, bottom = height - 48;

/// A line from (left, x) to (right, x) of the data.
struct Axis {
  double low, high, from, to;
  double operator()(double x) const { return from + (x - low) / (high - low) * (to - from); }
};

/// 1, 2 or 5 times a power of ten, so that `span` holds about `count` of it.
double tick_step(double span, double count) {
  const double rough = span / count, power = std::pow(10, std::floor(std::log10(rough))),
               digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

std::string short_count(double n) {
  return n >= 1e6   ? fmt::format("{:g} M", n / 1e6)
         : n >= 1e4 ? fmt::format("{:g} k", n / 1e3)
                    : fmt::format("{:g}", n);
}

std::string path_of(const std::vector<LossCurve::Point>& points, const Axis& x, const Axis& y) {
  std::string d;
  for (const auto& [step, loss] : points)
    d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? "M" : " L", x(step), y(loss));
  return d;
}

/// What stands at the right end of a line.
struct Label {
  double y;
  std::string css, text;
};

/// Moves labels apart, keeping their order, so that none covers another.
void spread(std::vector<Label>& labels) {
  constexpr double line = 16;
  std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.y < b.y; });
  for (int round = 0; round < 200; ++round)
    for (std::size_t i = 1; i < labels.size(); ++i)
      if (const double missing = line - (labels[i].y - labels[i - 1].y); missing > 0) {
        labels[i - 1].y -= missing / 2;
        labels[i].y += missing / 2;
      }
}

// Plain rules, no custom properties: many viewers of SVG know no others.
constexpr const char* style = R"(<style>
  text { font: 13px system-ui, sans-serif; fill: #656d76 }
  path { fill: none; stroke-linejoin: round }
  .page { fill: #ffffff }
  .grid { stroke: #e7eaee }
  .mark { stroke: #8d96a0 }
  text.title { font-size: 16px; font-weight: 600; fill: #1f2328 }
  path.train { stroke: #8fb4e8; stroke-width: 1.3 }
  text.train { fill: #5b8fd6 }
  path.valid { stroke: #0b57b8; stroke-width: 2 }
  text.valid { fill: #0b57b8; font-weight: 600 }
  circle { fill: #0b57b8 }
  path.floor { stroke: #1a7f4b }
  text.floor { fill: #1a7f4b }
  text.mark, text.floor, text.train, text.valid { stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #8d96a0 }
    .page { fill: #0d1117 }
    .grid { stroke: #252b33 }
    .mark { stroke: #656d76 }
    text.title { fill: #e6edf3 }
    path.train { stroke: #3f6ea8 }
    text.train { fill: #6f9fd8 }
    path.valid { stroke: #79b8ff }
    text.valid, circle { fill: #79b8ff }
    path.floor { stroke: #4ac27e }
    text.floor { fill: #4ac27e }
  }
</style>
)";

}  // namespace

void LossCurve::add(const StepLog& line) {
  if (line.val_loss) validation_.emplace_back(line.step, *line.val_loss);
  steps_ += static_cast<double>(line.step);
  losses_ += static_cast<double>(line.loss);
  if (++waiting_ < stretch_) return;
  train_.emplace_back(steps_ / static_cast<double>(waiting_), losses_ / static_cast<double>(waiting_));
  steps_ = losses_ = 0;
  waiting_ = 0;
  if (train_.size() < most) return;
  for (std::size_t i = 0; i < most / 2; ++i)
    train_[i] = {(train_[2 * i].first + train_[2 * i + 1].first) / 2,
                 (train_[2 * i].second + train_[2 * i + 1].second) / 2};
  train_.resize(most / 2);
  stretch_ *= 2;
}

std::string loss_svg(const std::string& title, const LossCurve& curve, const Baselines& baselines,
                     std::optional<double> floor) {
  double last = 1, low = floor.value_or(baselines.bigram), high = baselines.uniform;
  for (const auto* points : {&curve.train(), &curve.validation()})
    for (const auto& [step, loss] : *points) {
      last = std::max(last, step);
      low = std::min(low, loss);
      high = std::max(high, loss);
    }
  const double room = std::max(high - low, 1e-3) * 0.06;
  const Axis x{0, last, left, right}, y{std::max(low - room, 0.0), high + room, bottom, top};

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\" role=\"img\">\n"
      "<title>{2}</title>\n{3}"
      "<rect width=\"{0:g}\" height=\"{1:g}\" class=\"page\"/>\n"
      "<text class=\"title\" x=\"{4:g}\" y=\"28\">{2}</text>\n"
      "<text x=\"{4:g}\" y=\"48\">nats per token</text>\n",
      width, height, escaped(title), style, left);

  const double step_y = tick_step(y.high - y.low, 6), step_x = std::max(1.0, tick_step(last, 6));
  for (double v = std::ceil(y.low / step_y) * step_y; v <= y.high; v += step_y)
    svg += fmt::format(
        "<path d=\"M{:g} {:.1f} H{:g}\" class=\"grid\"/><text x=\"{:g}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:g}</text>\n",
        left, y(v), right, left - 8, y(v) + 4.5, std::round(v * 1e6) / 1e6);
  for (double v = 0; v <= last; v += step_x)
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:g}\" text-anchor=\"middle\">{}</text>\n", x(v), bottom + 20,
                       short_count(v));
  svg += fmt::format("<text x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">step</text>\n", (left + right) / 2,
                     bottom + 38);

  std::vector<Label> labels;
  const auto mark = [&](const char* css, const char* name, double loss) {
    svg += fmt::format("<path class=\"{}\" d=\"M{:g} {:.1f} H{:g}\" stroke-dasharray=\"2 4\"/>\n", css, left,
                       y(loss), right);
    labels.push_back({y(loss), css, fmt::format("{} {:.3f}", name, loss)});
  };
  mark("mark", "uniform", baselines.uniform);
  mark("mark", "unigram", baselines.unigram);
  mark("mark", "bigram", baselines.bigram);
  if (floor) mark("floor", "floor", *floor);

  if (!curve.train().empty()) {
    svg += fmt::format("<path class=\"train\" d=\"{}\"/>\n", path_of(curve.train(), x, y));
    labels.push_back({y(curve.train().back().second), "train",
                      fmt::format("training {:.3f}", curve.train().back().second)});
  }
  if (!curve.validation().empty()) {
    svg += fmt::format("<path class=\"valid\" d=\"{}\"/>\n", path_of(curve.validation(), x, y));
    for (const auto& [step, loss] : curve.validation())
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>\n", x(step), y(loss));
    labels.push_back({y(curve.validation().back().second), "valid",
                      fmt::format("validation {:.3f}", curve.validation().back().second)});
  }
  spread(labels);
  for (const Label& l : labels)
    svg += fmt::format("<text class=\"{}\" x=\"{:g}\" y=\"{:.1f}\">{}</text>\n", l.css, right + 10, l.y + 4.5,
                       l.text);
  return svg + "</svg>\n";
}

}  // namespace gradus::tools
