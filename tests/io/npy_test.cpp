#include "gradus/io/npy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"
#include "io/scratch.h"

using namespace gradus;

namespace {

std::string file_of(const std::string& dict, const std::string& data, int version = 1) {
  const std::uint32_t n = static_cast<std::uint32_t>(dict.size());
  const std::string length = version == 1 ? raw(static_cast<std::uint16_t>(n)) : raw(n);
  return std::string("\x93NUMPY") + static_cast<char>(version) + '\0' + length + dict + data;
}

std::string dict(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

Tensor load(const std::string& bytes) {
  const Scratch scratch;
  return load_npy(scratch.file(bytes));
}

std::string reason(const std::string& bytes) {
  return message(Kind::input, [&] { load(bytes); });
}

}  // namespace

TEST_CASE("tensors of every type and shape survive a .npy file bit for bit") {
  const Scratch scratch;
  for (const Dtype dtype : {Dtype::float32, Dtype::float64, Dtype::int64, Dtype::boolean})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{7}, Shape{3, 5}, Shape{2, 0, 3},
                               Shape{1, 2, 1, 2, 1, 2, 1, 3}, Shape{211, 97}}) {
      const Tensor x = empty(shape, dtype);
      visit(dtype, [&](auto element) {
        using T = decltype(element);
        for (std::int64_t i = 0; i < x.numel(); ++i)
          x.data<T>()[i] = static_cast<T>(Philox{4}.normal(static_cast<std::uint64_t>(i)) * 2);
        save_npy(scratch.path("x.npy"), x);
        const Tensor y = load_npy(scratch.path("x.npy"));
        CHECK(y.dtype() == dtype);
        CHECK(y.shape() == shape);
        CHECK(std::memcmp(x.data<T>(), y.data<T>(), static_cast<std::size_t>(x.numel()) * sizeof(T)) == 0);
      });
      const std::string bytes = slurp(scratch.path("x.npy"));
      CHECK((bytes.size() - static_cast<std::size_t>(x.numel()) * size_of(dtype)) % 64 == 0);
    }
  CHECK(scratch.files() == 1);
}

TEST_CASE("the bytes are those that NumPy writes") {
  const Scratch scratch;
  save_npy(scratch.path("x.npy"), tensor({1, 2, 3}));
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  header += std::string(128 - 10 - header.size() - 1, ' ') + "\n";
  CHECK(slurp(scratch.path("x.npy")) ==
        std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + raw(1.0f) + raw(2.0f) + raw(3.0f));
  save_npy(scratch.path("x.npy"), scalar(1, Dtype::float64));
  CHECK(has(slurp(scratch.path("x.npy")), "{'descr': '<f8', 'fortran_order': False, 'shape': (), }"));
  save_npy(scratch.path("x.npy"), ones({2, 3}, Dtype::boolean).transpose(0, 1));
  CHECK(has(slurp(scratch.path("x.npy")), "{'descr': '|b1', 'fortran_order': False, 'shape': (3, 2), }"));
}

TEST_CASE("views are written as the tensors they show") {
  const Scratch scratch;
  save_npy(scratch.path("x.npy"), tensor({{1, 2, 3}, {4, 5, 6}}).transpose(0, 1));
  CHECK(load_npy(scratch.path("x.npy")).to_vector<float>() == std::vector<float>{1, 4, 2, 5, 3, 6});
}

TEST_CASE("formats 1, 2 and 3, both orders and the other number types are read") {
  const std::string six = raw(std::int16_t{1}) + raw(std::int16_t{-2}) + raw(std::int16_t{3}) +
                          raw(std::int16_t{4}) + raw(std::int16_t{5}) + raw(std::int16_t{6});
  for (int version : {1, 2, 3}) {
    const Tensor x = load(file_of(dict("'<i2'", "(2, 3)"), six, version));
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, -2, 3, 4, 5, 6});
  }
  const Tensor t = load(file_of(dict("'<i2'", "(2, 3)", "True"), six));
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 3, 5, -2, 4, 6});
  CHECK(load(file_of(dict("'<i2'", "(6,)", "True"), six)).size(0) == 6);
  CHECK(load(file_of("{\"shape\":(2L,3L),\"fortran_order\":False,\"descr\":\"<i2\"}", six)).shape() ==
        Shape{2, 3});
  CHECK(load(file_of(dict("'<f2'", "(1,)"), raw(std::uint16_t{0x3C00}))).item() == 1.0);
  CHECK(load(file_of(dict("'|u1'", "(2,)"), "\x01\xFF")).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 255});
  CHECK(load(file_of(dict("'|b1'", "(1,)"), "\x07")).dtype() == Dtype::boolean);
  CHECK(std::isnan(load(file_of(dict("'<f4'", "()"), raw(NAN))).item()));
}

TEST_CASE("broken .npy files are refused for the right reason") {
  const std::string four = "1234";
  const std::pair<std::string, std::string> cases[] = {
      {"", "too short"},
      {"\x93NUMPY\x01", "too short"},
      {"\x93NUMPI\x01" + std::string(20, '\0'), "not a .npy file"},
      {"PK\x03\x04 an .npz is a zip archive", "not a .npy file"},
      {file_of(dict("'<f4'", "(1,)"), four, 4), "format 4.0 is not known"},
      {file_of(dict("'<f4'", "(1,)"), four, 0), "format 0.0 is not known"},
      {std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12),
       "should be 4294967295 bytes long, but only 0 follow"},
      {std::string("\x93NUMPY\x02\x00\xFF\xFF", 10), "ends inside its header"},
      {std::string("\x93NUMPY\x01\x00\x50\x00", 10) + "{}", "should be 80 bytes long, but only 2 follow"},
      {file_of("", four), "goes wrong at character 1"},
      {file_of("{", four), "goes wrong at character 2"},
      {file_of("{}", four), "lacks 'descr'"},
      {file_of("{'descr': '<f4', 'shape': (1,)}", four), "lacks 'fortran_order'"},
      {file_of("{'descr': '<f4', 'fortran_order': False}", four), "lacks 'shape'"},
      {file_of("{'descr': '<f4', 'descr': '<f4'}", four), "'descr' twice"},
      {file_of("{'x': 1}", four), "unknown key 'x'"},
      {file_of("{'descr", four), "goes wrong"},
      {file_of("{'descr': '<f4' 'shape': (1,)}", four), "goes wrong"},
      {file_of(dict("'<f4'", "(1,)") + "x", four), "goes wrong"},
      {file_of(dict("'<f4'", "(1,)") + std::string(1, '\0'), four), "goes wrong"},
      {file_of(dict("'<f4'", "(1,)", "Maybe"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(1,)", "0"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(1)"), four), "goes wrong"},
      {file_of(dict("'<f4'", "[1]"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(-1,)"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(1.0,)"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(,)"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(1,,)"), four), "goes wrong"},
      {file_of(dict("'<f4'", "(99999999999999999999,)"), four), "past 2^64"},
      {file_of(dict("'<f4'", "(4294967296, 4294967296)"), four), "needs more than 2^63 bytes"},
      {file_of(dict("'<f4'", "(0, 4294967296, 4294967296)"), ""), "needs more than 2^63 bytes"},
      {file_of(dict("'<f4'", "(8589934592,)"), four), "promises 34359738368 bytes of data, but 4 follow"},
      {file_of(dict("'<f4'", "(2,)"), four), "promises 8 bytes of data, but 4 follow"},
      {file_of(dict("'<f4'", "(1,)"), four + "5"), "promises 4 bytes of data, but 5 follow"},
      {file_of(dict("'<f4'", "(1,1,1,1,1,1,1,1,1)"), four), "9 axes"},
      {file_of(dict("'>f4'", "(1,)"), four), "big-endian"},
      {file_of(dict("'|O'", "(1,)"), four), "Python objects"},
      {file_of(dict("[('a', '<f4')]", "(1,)"), four), "records"},
      {file_of(dict("'<U1'", "(1,)"), four), "elements of type '<U1' are not supported"},
      {file_of(dict("'<c8'", "(1,)"), four), "'<c8' are not supported"},
  };
  for (const auto& [file, why] : cases) {
    const auto& bytes = file;  // a lambda cannot capture a structured binding
    INFO(bytes);
    const std::string what = reason(bytes);
    INFO(what);
    CHECK(what != "");
    CHECK(has(what, why));
  }
  CHECK(has(reason(file_of(std::string(2'000'000, ' '), "", 2)), "too long"));
  const std::string whole = file_of(dict("'<f4'", "(1,)"), four);
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK(reason(whole.substr(0, length)) != "");
}

TEST_CASE(".npy files with bytes changed at random are read or refused, nothing else") {
  const Scratch scratch;
  const std::string good = file_of(dict("'<f4'", "(2, 3)"), std::string(24, '\1'));
  const std::string useful = "{}()[]'\":,<|>0123456789fiubTF \xFF";
  const Philox random{31};
  int accepted = 0;
  for (std::uint64_t trial = 0; trial < 3000; ++trial) {
    std::string bytes = good;
    for (std::uint64_t edit = 0; edit <= trial % 3; ++edit)
      bytes[random.below(trial * 8 + edit * 2, bytes.size() - 24)] =
          useful[random.below(trial * 8 + edit * 2 + 1, useful.size())];
    try {
      const Tensor x = load_npy(scratch.file(bytes));
      accepted += x.numel() <= 24;
    } catch (const Error& e) {
      if (e.kind() != Kind::input) FAIL(e.what());
    }
  }
  CHECK(accepted > 10);
  CHECK(accepted < 2900);
}

TEST_CASE("what cannot be written leaves the old file") {
  const Scratch scratch;
  save_npy(scratch.path("x.npy"), scalar(1));
  CHECK(message(Kind::usage, [&] { save_npy(scratch.path("x.npy"), Tensor()); }) != "");
  CHECK(load_npy(scratch.path("x.npy")).item() == 1.0);
  CHECK(message(Kind::resources, [&] { save_npy(scratch.path("no/folder.npy"), scalar(1)); }) != "");
  CHECK(message(Kind::input, [&] { load_npy(scratch.path("absent.npy")); }) != "");
}
