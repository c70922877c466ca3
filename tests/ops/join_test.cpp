// ctest: LABELS gradcheck
#include "gradus/ops/join.h"

#include <doctest/doctest.h>

#include "gradus/tensor/creation.h"
#include "ops/check_op.h"
#include "reference/expect.h"
#include "reference/layout.h"

using namespace gradus;

TEST_CASE("cat and stack are right in every way") {
  check_op("cat", {{"three, last axis", [](const auto& x) { return reference::cat(x, -1); }},
                   {"one tensor twice", [](const auto& x) {
                      return reference::cat(std::vector<std::decay_t<decltype(x[0])>>{x[0], x[0]}, 0);
                    }}});
  check_op("stack", {{"middle axis", [](auto x) {
                        for (auto& part : x) part.shape = reference::inserted(part.shape, 1, 1);
                        return reference::cat(x, 1);
                      }}});
}

TEST_CASE("cat and stack: other element types, one part, and parts that are empty") {
  CHECK(values(cat({arange(2), arange(3)})) == Values{0, 1, 0, 1, 2});
  CHECK(values(cat({zeros({0, 2}), ones({1, 2}), zeros({0, 2})})) == Values{1, 1});
  CHECK(stack({scalar(1), scalar(2)}).shape() == Shape{2});
  CHECK(stack({zeros({2, 3})}, -1).shape() == Shape{2, 3, 1});
}

TEST_CASE("cat: mistakes are explained") {
  CHECK(error_of([] { cat({}); }) == "cat: needs at least one tensor");
  CHECK(error_of([] { cat({scalar(1)}); }) ==
        "cat: 0-dim tensors cannot be joined along an axis\n  x  float32 []               a constant\n  use "
        "stack");
  CHECK(error_of([] {
          cat({zeros({2, 3}), zeros({2, 4})});
        }) ==
        "cat: the tensors must have one type and agree in every axis but 0\n"
        "  first  float32 [2, 3]           a constant\n"
        "  other  float32 [2, 4]           a constant");
  CHECK(error_of([] {
          stack({zeros({2}), zeros({3})});
        }) ==
        "cat: the tensors must have one type and agree in every axis but 0\n"
        "  first  float32 [1, 2]           a constant\n"
        "  other  float32 [1, 3]           a constant");
}
