#pragma once
#include <limits>
#include <string>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/tensor/tensor.h"

/// What special cases compare: the elements of any tensor as numbers, and the text of an error.
inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using Values = std::vector<double>;

inline Values values(const gradus::Tensor& x) { return x.to(gradus::Dtype::float64).to_vector<double>(); }

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <class F> std::string error_of(F f) {
  try {
    f();
  } catch (const gradus::Error& e) { return e.what(); }
  return "no error";
}
