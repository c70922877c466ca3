#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/tensor/creation.h"

namespace gradus::exercises {

void fail_check(std::string cause, std::string message) {
  throw Failure{std::move(cause), std::move(message)};
}

std::string Trial::answer(const std::string& name) const {
  const auto found = answers.find(name);
  if (found == answers.end())
    fail_check("answer-missing", fmt::format("answers.txt has no line \"{} = ...\" any more", name));
  if (found->second == "?" || found->second.empty()) not_written("a question in answers.txt waits for you");
  return found->second;
}

double Trial::number(const std::string& name) const {
  const std::string text = answer(name);
  if (text == "-inf") return -INFINITY;
  std::size_t used = 0;
  double value = NAN;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) { used = 0; }
  if (used == 0 || used != text.size())
    fail_check("answer-not-a-number", fmt::format("{} = {}: this one is a number", name, text));
  return value;
}

Tensor Trial::randn(const Shape& shape) const { return gradus::randn(shape); }

std::int64_t Trial::randint(std::int64_t low, std::int64_t high) const {
  return gradus::randint(low, high, {}).item<std::int64_t>();
}

void expect_shape(const char* what, const Tensor& result, const Shape& expected, const char* axes,
                  bool finite) {
  if (!result.defined())
    fail_check("empty", fmt::format("{} is an empty tensor: nothing was returned", what));
  if (!(result.shape() == expected))
    fail_check("shape", fmt::format("{} has shape {}; expected {} = {}", what, to_string(result.shape()),
                                    axes, to_string(expected)));
  if (result.dtype() != Dtype::float32) fail_check("dtype", fmt::format("{} must be float32", what));
  if (!finite) return;
  for (const float x : result.to_vector<float>())
    if (!std::isfinite(x))
      fail_check("not-finite",
                 fmt::format("{} contains {}", what,
                             std::isnan(x) ? "NaN: 0/0, or infinity minus infinity, or 0 times infinity"
                                           : "infinity: exp of a large number, or a division by 0"));
}

double expect_finite(const char* what, double x) {
  if (!std::isfinite(x)) fail_check("not-finite", fmt::format("{} is {}", what, x));
  return x;
}

void expect_close(const char* what, const Tensor& got, const Array& expected, double tolerance) {
  const Array values(got);
  if (distance(values, expected) <= tolerance) return;
  std::size_t worst = 0, first = values.values.size();
  double largest = -1;
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const double d = difference(values.values[i], expected.values[i]);
    if (!(d <= tolerance) && first == values.values.size()) first = i;
    if (!(d <= largest)) largest = d, worst = i;
    if (std::isnan(d)) break;
  }
  std::string place;
  std::int64_t rest = static_cast<std::int64_t>(first);
  for (int axis = expected.shape.rank() - 1; axis >= 0; --axis) {
    place = fmt::format("{}{}{}", rest % expected.shape[axis], place.empty() ? "" : ", ", place);
    rest /= expected.shape[axis];
  }
  fail_check("unknown", fmt::format("{}[{}] is {}, expected {}; the largest difference is {}.\n"
                                    "No mistake that we know explains it.",
                                    what, place, show(values.values[first]), show(expected.values[first]),
                                    show(std::abs(values.values[worst] - expected.values[worst]))));
}

Unchanged::Unchanged(std::vector<Tensor> inputs) : inputs_(std::move(inputs)) {
  for (const Tensor& x : inputs_) before_.push_back(x.to_vector<float>());
}

void Unchanged::expect() const {
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].to_vector<float>() != before_[i])
      fail_check("input-changed", fmt::format("argument {} was changed: copies of a tensor share its memory, "
                                              "clone() before writing into it",
                                              i + 1));
}

}  // namespace gradus::exercises
