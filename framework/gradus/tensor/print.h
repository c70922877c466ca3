#pragma once
#include <iosfwd>
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

std::string to_string(const Tensor& x);  ///< values, type and shape; long axes show their ends
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace gradus
