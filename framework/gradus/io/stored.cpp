#include "gradus/io/stored.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/tensor/storage.h"

namespace gradus::io {

static_assert(std::endian::native == std::endian::little, "files are read as they lie in memory");
static_assert(sizeof(bool) == 1);

namespace {

constexpr std::size_t piece = 1 << 16;  // bytes read at a time where they must be converted

float from_bf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

float from_f16(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits} >> 15 << 31, exponent = bits >> 10 & 31u,
                      fraction = bits & 1023u;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24 is exact
    const float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  // Infinity and NaN keep their fraction; other exponents move from bias 15 to bias 127.
  return std::bit_cast<float>(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

template <class From, class To, class F>
void convert(const char* in, std::size_t count, To* out, const F& f) {
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, in + i * sizeof(From), sizeof(From));
    out[i] = f(value);
  }
}

template <class From> void widen(const char* in, std::size_t count, std::int64_t* out) {
  convert<From>(in, count, out, [](From v) { return static_cast<std::int64_t>(v); });
}

std::int64_t checked(std::uint64_t v) {
  if (v >> 63) fail(Kind::input, "a u64 of 2^63 or more does not fit int64");
  return static_cast<std::int64_t>(v);
}

/// Converts `count` elements to position `at` of the tensor.
void place(Stored type, const char* in, std::size_t count, const Tensor& to, std::size_t at) {
  if (type == Stored::f16) return convert<std::uint16_t>(in, count, to.data<float>() + at, from_f16);
  if (type == Stored::bf16) return convert<std::uint16_t>(in, count, to.data<float>() + at, from_bf16);
  if (type == Stored::boolean)
    return convert<std::uint8_t>(in, count, to.data<bool>() + at, [](std::uint8_t v) { return v != 0; });
  std::int64_t* out = to.data<std::int64_t>() + at;
  switch (type) {
    case Stored::i32: return widen<std::int32_t>(in, count, out);
    case Stored::i16: return widen<std::int16_t>(in, count, out);
    case Stored::i8: return widen<std::int8_t>(in, count, out);
    case Stored::u32: return widen<std::uint32_t>(in, count, out);
    case Stored::u16: return widen<std::uint16_t>(in, count, out);
    case Stored::u8: return widen<std::uint8_t>(in, count, out);
    case Stored::u64: return convert<std::uint64_t>(in, count, out, checked);
    default: fail(Kind::internal, "read_tensor: no conversion for this type");
  }
}

}  // namespace

std::int64_t size_of(Stored type) {
  switch (type) {
    case Stored::f64:
    case Stored::i64:
    case Stored::u64: return 8;
    case Stored::f32:
    case Stored::i32:
    case Stored::u32: return 4;
    case Stored::f16:
    case Stored::bf16:
    case Stored::i16:
    case Stored::u16: return 2;
    case Stored::i8:
    case Stored::u8:
    case Stored::boolean: break;
  }
  return 1;
}

Dtype loaded_as(Stored type) {
  switch (type) {
    case Stored::f64: return Dtype::float64;
    case Stored::f32:
    case Stored::f16:
    case Stored::bf16: return Dtype::float32;
    case Stored::boolean: return Dtype::boolean;
    default: return Dtype::int64;
  }
}

bool stored_bytes(const std::vector<std::uint64_t>& sizes, Stored type, std::int64_t* bytes) {
  // A tensor's strides are products that skip the zeros, so these must not overflow either; and a tensor may
  // hold in 8 bytes what the file holds in one.
  std::int64_t widest = 8;
  bool empty = false;
  for (std::uint64_t size : sizes)
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(widest, size, &widest))
      return false;
  *bytes = empty ? 0 : widest / 8 * size_of(type);
  return true;
}

Tensor read_tensor(const os::InputFile& file, std::uint64_t offset, Stored type, const Shape& shape) {
  const Dtype dtype = loaded_as(type);
  const Tensor tensor = empty(shape, dtype);
  const auto count = static_cast<std::size_t>(tensor.numel()),
             width = static_cast<std::size_t>(size_of(type));
  if (type == Stored::f64 || type == Stored::f32 || type == Stored::i64) {  // held as stored
    file.read(offset, tensor.storage()->data, count * width);
    return tensor;
  }
  std::vector<char> buffer(std::min(piece, count * width));
  for (std::size_t done = 0; done < count;) {
    const std::size_t some = std::min(count - done, piece / width);
    file.read(offset + done * width, buffer.data(), some * width);
    place(type, buffer.data(), some, tensor, done);
    done += some;
  }
  return tensor;
}

}  // namespace gradus::io
