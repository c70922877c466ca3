#include "exercises/common/checks.h"

#include <fmt/format.h>

#include <cmath>

#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"

namespace gradus::exercises {

void fail_check(std::string cause, std::string message) {
  throw Failure{std::move(cause), std::move(message)};
}

void fail_unexplained(const std::string& message) {
  fail_check("unknown", message + " No mistake that we know explains it.");
}

void fail_if_explained(const std::string& what, const std::optional<Cause>& cause) {
  if (cause) fail_check(cause->name, fmt::format("Your {} behaves as if {}.", what, cause->sentence));
}

std::string Trial::answer(const std::string& name) const {
  asked.insert(name);
  const auto found = answers.find(name);
  if (found == answers.end())
    fail_check("answer-missing", fmt::format("answers.txt has no line \"{} = ...\" any more", name));
  if (found->second == "?" || found->second.empty()) {
    static std::string waiting;  // NotWritten keeps a pointer to it
    waiting = found->second.empty() ? name + " in answers.txt is still empty"
                                    : name + " in answers.txt still has a question mark";
    not_written(waiting.c_str());
  }
  return found->second;
}

namespace {

/// All of the text as a number; blanks may follow.
std::optional<double> decimal(const std::string& text) {
  std::size_t used = 0;
  try {
    const double value = std::stod(text, &used);
    if (text.find_first_not_of(" \t", used) == std::string::npos) return value;
  } catch (const std::exception&) {  // no number, or one that no double holds
  }
  return {};
}

}  // namespace

double Trial::number(const std::string& name) const {
  const std::string text = answer(name);
  if (const auto value = decimal(text)) return *value;
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    const auto above = decimal(text.substr(0, slash)), below = decimal(text.substr(slash + 1));
    if (above && below && *below != 0) return *above / *below;
  }
  fail_check("answer-not-a-number",
             fmt::format("{} = {}: this one is a number: write it as a decimal, such as 0.25, or as a "
                         "fraction, such as 1/4",
                         name, text));
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

void expect_close(const char* what, const Tensor& got, const Array& expected, double within) {
  const Array values(got);
  if (distance(values, expected) <= within) return;
  std::size_t worst = 0, first = values.values.size();
  double largest = -1;
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    const double d = difference(values.values[i], expected.values[i]);
    if (!(d <= within) && first == values.values.size()) first = i;
    if (!(d <= largest)) largest = d, worst = i;
    if (std::isnan(d)) break;
  }
  fail_unexplained(fmt::format("{}{} is {}, expected {}; the largest difference is {}.", what,
                               index_of(first, expected.shape), show(values.values[first]),
                               show(expected.values[first]),
                               show(std::abs(values.values[worst] - expected.values[worst]))));
}

Tensor identities(std::int64_t batch, std::int64_t t) { return eye(t).expand({batch, t, t}).clone(); }

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
