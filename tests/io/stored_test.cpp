#include "gradus/io/stored.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gradus/base/random.h"
#include "io/scratch.h"

using namespace gradus;
using io::Stored;

namespace {

/// `count` elements of a file read as a tensor, from an offset that is not aligned.
Tensor read(const std::string& bytes, Stored type, std::int64_t count) {
  const Scratch scratch;
  return io::read_tensor(os::InputFile(scratch.file("abc" + bytes)), 3, type, {count});
}

/// A binary float of any format, by its definition.
double decode(std::uint32_t bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
  const double fraction = std::ldexp(static_cast<double>(bits & ((1u << fraction_bits) - 1)), -fraction_bits);
  const double sign = bits >> (exponent_bits + fraction_bits) & 1 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return exponent == 0 ? sign * std::ldexp(fraction, 1 - bias)
                       : sign * std::ldexp(1 + fraction, exponent - bias);
}

template <class T> void check_integers(Stored type) {
  std::string bytes;
  std::vector<std::int64_t> expected;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const T value = i == 0   ? std::numeric_limits<T>::min()
                    : i == 1 ? std::numeric_limits<T>::max()
                             : static_cast<T>(Philox{9}.bits(i) >> 1);
    if (static_cast<std::uint64_t>(value) >> 63 && std::is_unsigned_v<T>) continue;
    bytes += raw(value);
    expected.push_back(static_cast<std::int64_t>(value));
  }
  const Tensor x = read(bytes, type, static_cast<std::int64_t>(expected.size()));
  CHECK(x.dtype() == Dtype::int64);
  CHECK(x.to_vector<std::int64_t>() == expected);
  CHECK(io::size_of(type) == static_cast<std::int64_t>(sizeof(T)));
}

}  // namespace

TEST_CASE("all 65536 halves and bfloat16s become the floats they stand for") {
  std::string bytes;
  for (std::uint32_t b = 0; b < 65536; ++b) bytes += raw(static_cast<std::uint16_t>(b));
  for (const auto& [type, exponent, fraction] : {std::tuple{Stored::f16, 5, 10}, {Stored::bf16, 8, 7}}) {
    const Tensor x = read(bytes, type, 65536);
    REQUIRE(x.dtype() == Dtype::float32);
    int wrong = 0;
    for (std::uint32_t b = 0; b < 65536; ++b) {
      const float value = x.data<float>()[b];
      const double expected = decode(b, exponent, fraction);
      const bool same = std::isnan(expected) ? std::isnan(value) : static_cast<double>(value) == expected;
      wrong += !same || std::signbit(value) != (b >> 15 != 0);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("integers of every width are read with their sign") {
  check_integers<std::int8_t>(Stored::i8);
  check_integers<std::int16_t>(Stored::i16);
  check_integers<std::int32_t>(Stored::i32);
  check_integers<std::int64_t>(Stored::i64);
  check_integers<std::uint8_t>(Stored::u8);
  check_integers<std::uint16_t>(Stored::u16);
  check_integers<std::uint32_t>(Stored::u32);
  check_integers<std::uint64_t>(Stored::u64);
  CHECK(has(message(Kind::input, [] { read(raw(std::uint64_t{1} << 63), Stored::u64, 1); }),
            "does not fit int64"));
}

TEST_CASE("any byte but zero is true") {
  const Tensor x = read(std::string("\x00\x01\x02\xFF", 4), Stored::boolean, 4);
  std::string bytes(4, '?');
  std::memcpy(bytes.data(), x.data<bool>(), 4);
  CHECK(bytes == std::string("\x00\x01\x01\x01", 4));
}

TEST_CASE("arrays larger than a piece are read whole") {
  std::string bytes;
  for (std::int32_t i = 0; i < 50001; ++i) bytes += raw(i * 3);
  const Tensor x = read(bytes, Stored::i32, 50001);
  int wrong = 0;
  for (std::int64_t i = 0; i < 50001; ++i) wrong += x.data<std::int64_t>()[i] != i * 3;
  CHECK(wrong == 0);
}

TEST_CASE("a file that ends early is an error") {
  CHECK(has(message(Kind::input, [] { read("1234567", Stored::f32, 2); }), "more was expected"));
  CHECK(has(message(Kind::input, [] { read("1234567", Stored::i16, 4); }), "more was expected"));
}

TEST_CASE("sizes are multiplied with care") {
  const auto bytes = [](const std::vector<std::uint64_t>& sizes, Stored type) {
    std::int64_t b = -7;
    return io::stored_bytes(sizes, type, &b) ? b : -1;
  };
  CHECK(bytes({}, Stored::f32) == 4);
  CHECK(bytes({3, 5}, Stored::f16) == 30);
  CHECK(bytes({3, 0, 5}, Stored::f64) == 0);
  CHECK(bytes({std::uint64_t{1} << 59}, Stored::f64) == std::int64_t{1} << 62);
  CHECK(bytes({std::uint64_t{1} << 60}, Stored::f64) == -1);
  CHECK(bytes({2, 18446744073709551614u}, Stored::u8) == -1);
  CHECK(bytes({65536, 65536, 65536, 65536}, Stored::u8) == -1);
  CHECK(bytes({0, 4294967296, 4294967296}, Stored::u8) == -1);
  CHECK(bytes({4294967296, 4294967296, 0}, Stored::u8) == -1);
}
