#include "gradus/base/shape.h"

#include <doctest/doctest.h>

#include "gradus/base/error.h"
#include "reference/expect.h"

using namespace gradus;

TEST_CASE("Shape: a short list of sizes that can be edited") {
  Shape s{2, 3};
  s.push_back(4);
  s.insert(0, 1);
  s.insert(2, 9);
  CHECK(s == Shape{1, 2, 9, 3, 4});
  s.erase(2);
  s.erase(0);
  CHECK(s == Shape{2, 3, 4});
  CHECK(s.numel() == 24);
  CHECK(s.back() == 4);
  CHECK_FALSE(s == Shape{2, 3});
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{}.empty());
  CHECK(Shape::filled(3, 7) == Shape{7, 7, 7});
  CHECK(to_string(s) == "[2, 3, 4]");
  CHECK(to_string(Shape{}) == "[]");
}

TEST_CASE("Shape: eight axes at most") {
  Shape s{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(s.rank() == 8);
  CHECK(error_of([&] { s.push_back(9); }) == "shape: more than 8 axes");
  CHECK(error_of([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }) == "shape: 9 axes; Gradus tensors have at most 8");
  CHECK(s.rank() == 8);
}

TEST_CASE("dense_strides are row-major, also around empty axes") {
  CHECK(dense_strides({2, 3, 4}) == Shape{12, 4, 1});
  CHECK(dense_strides({}) == Shape{});
  CHECK(dense_strides({2, 0, 4}) == Shape{4, 4, 1});
}

TEST_CASE("checked_numel: sizes that do not fit in memory are an error, whatever hides them") {
  constexpr std::int64_t big = std::int64_t{1} << 62;
  CHECK(checked_numel({2, 3}, 4) == 6);
  CHECK(checked_numel({}, 8) == 1);
  CHECK(checked_numel({std::int64_t{1} << 40, 0}, 8) == 0);
  CHECK(checked_numel({big}, 1) == big);
  for (const Shape& s :
       {Shape{big}, Shape{big, 4}, Shape{big, 0}, Shape{std::int64_t{1} << 32, std::int64_t{1} << 32},
        Shape{3037000500, 3037000500}, Shape{1 << 21, 1 << 21, 1 << 21}}) {
    CAPTURE(to_string(s));
    Kind kind{};
    try {
      checked_numel(s, 4);
    } catch (const Error& e) { kind = e.kind(); }
    CHECK(kind == Kind::resources);
  }
  CHECK(error_of([] { checked_numel({big}, 4); }) ==
        "a tensor of shape [4611686018427387904] needs more than 2^63 bytes");
  CHECK(error_of([] { checked_numel({2, -1}, 4); }) == "shape [2, -1]: sizes must not be negative");
}

TEST_CASE("broadcast: NumPy's rule") {
  CHECK(broadcast({2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast({2, 1, 4}, {3, 1}) == Shape{2, 3, 4});
  CHECK(broadcast({}, {5}) == Shape{5});
  CHECK(broadcast({0, 1}, {1, 4}) == Shape{0, 4});
  CHECK(broadcast({1}, {0}) == Shape{0});
  CHECK(!broadcast({2, 3}, {2}));
  CHECK(!broadcast({4, 1}, {1, 3, 1}));
  CHECK(broadcasts_to({3}, {2, 3}));
  CHECK(!broadcasts_to({2, 3}, {3}));
}

TEST_CASE("checked_axis: negative axes count from the end; a 0-dim tensor has an axis to name") {
  CHECK(checked_axis("f", 1, 3) == 1);
  CHECK(checked_axis("f", -1, 3) == 2);
  CHECK(checked_axis("f", -3, 3) == 0);
  CHECK(checked_axis("f", 0, 0) == 0);
  CHECK(checked_axis("f", -1, 0) == 0);
  CHECK(error_of([] { checked_axis("f", 3, 3); }) == "f: axis 3 of a tensor with 3 axes; expected -3 to 2");
  CHECK(error_of([] { checked_axis("f", -4, 3); }) == "f: axis -4 of a tensor with 3 axes; expected -3 to 2");
}
