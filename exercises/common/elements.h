#pragma once
#include <initializer_list>

#include "gradus/tensor/tensor.h"

namespace gradus::exercises {

/// The elements of a float32 tensor, to read and to write one by one:
///   Elements m(mask);  m(i, j) = 0;
/// Every index is checked. A negative one that was made unsigned is told as what it is.
class Elements {
 public:
  explicit Elements(const Tensor& x) : x_(x) {}
  template <class... Index> float& operator()(Index... index) const {
    return at({static_cast<std::int64_t>(index)...});
  }

 private:
  float& at(std::initializer_list<std::int64_t> index) const;
  Tensor x_;
};

}  // namespace gradus::exercises
