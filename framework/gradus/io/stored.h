#pragma once
#include <cstdint>
#include <vector>

#include "gradus/base/os.h"
#include "gradus/tensor/tensor.h"

/// Elements as files hold them, for the readers of this folder: little-endian, dense, row-major.
namespace gradus::io {

enum class Stored : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

std::int64_t size_of(Stored type);  ///< bytes
/// What a tensor read from it holds: f64 -> float64, other floats -> float32, integers -> int64, booleans ->
/// boolean.
Dtype loaded_as(Stored type);
/// Bytes of a dense array: the product of the sizes and the element's size. False when that passes 2^63 - 1,
/// whichever sizes are 0.
bool stored_bytes(const std::vector<std::uint64_t>& sizes, Stored type, std::int64_t* bytes);

/// Reads a tensor whose bytes begin at `offset`, in pieces: besides the tensor itself, no memory to speak of.
/// Error (input) when the file ends early or a u64 does not fit int64.
Tensor read_tensor(const os::InputFile& file, std::uint64_t offset, Stored type, const Shape& shape);

}  // namespace gradus::io
