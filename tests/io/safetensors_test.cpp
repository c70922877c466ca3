#include "gradus/io/safetensors.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <vector>

#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"
#include "io/scratch.h"

using namespace gradus;

namespace {

std::string file_of(const std::string& json, const std::string& data) {
  return raw(std::uint64_t{json.size()}) + json + data;
}

Tensor random_of(const Shape& shape, Dtype dtype, std::uint64_t seed) {
  const Tensor x = empty(shape, dtype);
  visit(dtype, [&](auto element) {
    using T = decltype(element);
    for (std::int64_t i = 0; i < x.numel(); ++i)
      x.data<T>()[i] = static_cast<T>(3 * Philox{seed}.normal(static_cast<std::uint64_t>(i)));
  });
  return x;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return false;
  return visit(a.dtype(), [&](auto element) {
    using T = decltype(element);
    return std::memcmp(a.data<T>(), b.data<T>(), static_cast<std::size_t>(a.numel()) * sizeof(T)) == 0;
  });
}

}  // namespace

TEST_CASE("tensors of every type and shape survive a file bit for bit") {
  const Scratch scratch;
  std::vector<NamedTensor> tensors;
  std::uint64_t seed = 0;
  for (const Dtype dtype : {Dtype::float32, Dtype::float64, Dtype::int64, Dtype::boolean})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{3, 5}, Shape{2, 0, 3},
                               Shape{1, 2, 1, 2, 1, 2, 1, 3}, Shape{301, 97}})
      tensors.push_back({"t" + std::to_string(seed), random_of(shape, dtype, ++seed)});
  tensors.push_back({"quote\" \\ \n ünï", tensor({NAN, INFINITY, -INFINITY, -0.0})});
  tensors.push_back({"", scalar(4)});
  save_safetensors(scratch.path("a"), tensors, {{"note", "hé\"llo"}, {"", "empty key"}});

  const Safetensors file(scratch.path("a"));
  CHECK(file.entries().size() == tensors.size());
  for (const NamedTensor& t : tensors) {
    INFO(t.name);
    CHECK(file.contains(t.name));
    CHECK(file.shape(t.name) == t.tensor.shape());
    CHECK(same_bits(file.load(t.name), t.tensor));
  }
  CHECK(file.metadata() == Metadata{{"", "empty key"}, {"format", "pt"}, {"note", "hé\"llo"}});
  CHECK(load_safetensors(scratch.path("a")).size() == tensors.size());
  CHECK(scratch.files() == 1);  // no temporary file is left
}

TEST_CASE("views are written as the tensors they show") {
  const Scratch scratch;
  const Tensor x = random_of({4, 6}, Dtype::float32, 1);
  save_safetensors(scratch.path("a"),
                   {{"t", x.transpose(0, 1)}, {"s", x.slice(1, 1, 6, 2)}, {"e", x.select(0, 2)}});
  const Safetensors file(scratch.path("a"));
  CHECK(same_bits(file.load("t"), x.transpose(0, 1).clone()));
  CHECK(same_bits(file.load("s"), x.slice(1, 1, 6, 2).clone()));
  CHECK(same_bits(file.load("e"), x.select(0, 2).clone()));
}

TEST_CASE(
    "the bytes are the format's: sorted by alignment and name, padded, in one order whatever the caller's") {
  const Scratch scratch;
  const NamedTensor b{"b", tensor({1, 2})}, a{"a", tensor({3})}, i{"z", arange(1)},
      m{"m", ones({3}, Dtype::boolean)};
  save_safetensors(scratch.path("1"), {b, m, a, i});
  save_safetensors(scratch.path("2"), {i, a, m, b});
  const std::string bytes = slurp(scratch.path("1"));
  CHECK(bytes == slurp(scratch.path("2")));
  std::string json =
      R"({"__metadata__":{"format":"pt"},"z":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},)"
      R"("m":{"dtype":"BOOL","shape":[3],"data_offsets":[20,23]}})";
  while (json.size() % 8 != 0) json += ' ';
  CHECK(bytes == file_of(json, raw(std::int64_t{0}) + raw(3.0f) + raw(1.0f) + raw(2.0f) + "\x01\x01\x01"));
  save_safetensors(scratch.path("3"), {}, {{"format", "np!"}});
  CHECK(slurp(scratch.path("3")).substr(8) == R"({"__metadata__":{"format":"np!"}}       )");
  CHECK(Safetensors(scratch.path("3")).entries().empty());
}

TEST_CASE("files of other writers are read: any key order, spaces, half and integer types") {
  const Scratch scratch;
  const std::string json =
      R"({ "h" : {"data_offsets":[4,8], "shape":[2,1], "dtype":"BF16"},
           "\u0065mpty" : {"dtype":"F8_E4M3_is_no_name", "shape":[], "data_offsets":[0,0]}})";
  CHECK(has(message(Kind::input, [&] { Safetensors(scratch.file(file_of(json, std::string(8, '\0')))); }),
            "\"F8_E4M3_is_no_name\" is not supported"));
  const std::string good =
      R"({ "h" : {"data_offsets":[4,8], "shape":[2,1], "dtype":"BF16"},
           "\u0065mpty" : {"dtype":"U8", "shape":[3,0], "data_offsets":[4,4]},
           "i": {"dtype":"I16","shape":[2],"data_offsets":[0,4]}}   )";
  const Safetensors file(
      scratch.file(file_of(good, raw(std::int16_t{-2}) + raw(std::int16_t{300}) + raw(std::uint16_t{0x3F80}) +
                                     raw(std::uint16_t{0xC000}))));
  REQUIRE(file.entries().size() == 3);
  CHECK(file.entries()[0].name == "i");
  CHECK(file.entries()[2].dtype == "BF16");
  CHECK(file.load("h").to_vector<float>() == std::vector<float>{1, -2});
  CHECK(file.load("h").shape() == Shape{2, 1});
  CHECK(file.load("i").to_vector<std::int64_t>() == std::vector<std::int64_t>{-2, 300});
  CHECK(file.load("empty").shape() == Shape{3, 0});
  CHECK(has(message(Kind::input, [&] { file.load("j"); }), "there is no tensor \"j\""));
  CHECK(has(message(Kind::input, [&] { file.load("j"); }), scratch.path("file")));
  CHECK(!file.contains("j"));
}

TEST_CASE("files that are cut off or no safetensors at all are refused before anything is allocated") {
  const Scratch scratch;
  const auto reason = [&](const std::string& bytes) {
    const std::string what = message(Kind::input, [&] { Safetensors(scratch.file(bytes)); });
    CHECK(has(what, scratch.path("file")));
    return what;
  };
  const std::string json = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                    whole = file_of(json, "1234");
  CHECK(Safetensors(scratch.file(whole)).entries().size() == 1);
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK(reason(whole.substr(0, length)) != "");
  CHECK(has(reason(""), "0 bytes are too short"));
  CHECK(has(reason(raw(std::uint64_t{2})), "should be 2 bytes long, but only 0 follow"));
  CHECK(has(reason(raw(std::uint64_t{100'000'001}) + "{}"), "more than 100 MB"));
  CHECK(has(reason(raw(~std::uint64_t{0}) + "{}"), "more than 100 MB"));
  CHECK(has(reason(whole.substr(0, whole.size() - 1)), "was the file copied to its end?"));
  CHECK(has(reason(whole + "tail"), "4 bytes follow the last tensor"));
  CHECK(has(reason("PK\x03\x04 a zip archive is what PyTorch saves"), "not a safetensors file"));
  CHECK(message(Kind::input, [&] { Safetensors(scratch.path("absent")); }) != "");
  CHECK(message(Kind::input, [&] { Safetensors(scratch.path("")); }) != "");
}

TEST_CASE("a file that shrinks while it is open is an error, one that is replaced stays the one opened") {
  const Scratch scratch;
  save_safetensors(scratch.path("a"), {{"x", full({1000}, 1)}});
  const Safetensors file(scratch.path("a")), copy = file;
  save_safetensors(scratch.path("a"), {{"x", full({1000}, 2)}});
  CHECK(file.load("x").to_vector<float>().back() == 1);
  const Safetensors second(scratch.path("a"));
  std::filesystem::resize_file(scratch.path("a"), 200);
  CHECK(has(message(Kind::input, [&] { second.load("x"); }), "tensor \"x\""));
  CHECK(copy.load("x").to_vector<float>().front() == 1);
}

TEST_CASE("what cannot be written is refused, and the old file stays") {
  const Scratch scratch;
  const Tensor x = ones({2});
  save_safetensors(scratch.path("a"), {{"x", x}});
  const std::string before = slurp(scratch.path("a"));
  const auto reason = [&](const std::vector<NamedTensor>& tensors, const Metadata& metadata = {}) {
    return message(Kind::usage, [&] { save_safetensors(scratch.path("a"), tensors, metadata); });
  };
  CHECK(has(reason({{"x", x}, {"x", x}}), "two tensors are called \"x\""));
  CHECK(has(reason({{"__metadata__", x}}), "keeps that name"));
  CHECK(has(reason({{"\xFF", x}}), "not UTF-8"));
  CHECK(has(reason({{"x", Tensor()}}), "is undefined"));
  CHECK(has(reason({{"x", x}}, {{"k", "\xFF"}}), "not UTF-8"));
  CHECK(message(Kind::resources, [&] {
          save_safetensors(scratch.path("no/such/folder"), {{"x", x}});
        }) != "");
  CHECK(message(Kind::resources, [&] { save_safetensors("/dev/full/x", {{"x", x}}); }) != "");
  CHECK(slurp(scratch.path("a")) == before);
  CHECK(scratch.files() == 1);
}

TEST_CASE("a disk that fills up loses nothing") {
  const Scratch scratch;
  save_safetensors(scratch.path("a"), {{"x", ones({2})}});
  const std::string before = slurp(scratch.path("a"));
  // A limit on the size of files fails the write half-way, as a full disk does.
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{8192, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string what = message(Kind::resources, [&] {
    save_safetensors(scratch.path("a"), {{"x", ones({10000})}});
  });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  CHECK(has(what, "cannot write"));
  CHECK(slurp(scratch.path("a")) == before);
  CHECK(scratch.files() == 1);
}
