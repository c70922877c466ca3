#pragma once
#include <string>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Reads NumPy's .npy (format 1, 2 or 3), row- or column-major: <f8 as float64; <f4 and <f2 as float32;
/// integers of 1 to 8 bytes as int64; |b1 as boolean. Error (input) with the reason for anything else:
/// objects, records, strings, complex or big-endian numbers, and files whose size is not what the header
/// promises.
Tensor load_npy(const std::string& path);

/// Writes a tensor as .npy, format 1, row-major, data aligned to 64 bytes; the file at `path` is the old or
/// the new one, never half. Error (resources) with the reason.
void save_npy(const std::string& path, const Tensor& x);

}  // namespace gradus
