#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Rows of a table. Error when an id is outside it, naming the position and the id.
///   weight [V, C], ids int64 [...]  ->  [..., C]        dweight = dy added up by id
Tensor embedding(const Tensor& weight, const Tensor& ids);

/// Slices of one axis, by index.
///   x [..., n, ...], index int64 [m]  ->  [..., m, ...]      dx = dy added up by index
Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index);

/// One element per index along an axis (torch.gather): y[.., i, ..] = x[.., index[.., i, ..], ..]. The index
/// has x's shape but for that axis.                                           dx = dy added up by index
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);

}  // namespace gradus
