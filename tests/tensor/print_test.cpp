#include "gradus/tensor/print.h"

#include <doctest/doctest.h>

#include <sstream>

#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;

TEST_CASE("to_string: values in columns, then type and shape") {
  CHECK(to_string(tensor({{1, 2.5}, {-3, 4}})) == "[[  1, 2.5],\n [ -3,   4]]  float32 [2, 2]");
  CHECK(to_string(scalar(0.1)) == "0.1  float32 []");
  CHECK(to_string(arange(3)) == "[0, 1, 2]  int64 [3]");
  CHECK(to_string(tensor({1, 0}).to(Dtype::boolean)) == "[ true, false]  boolean [2]");
  CHECK(to_string(zeros({0})) == "[]  float32 [0]");
  CHECK(to_string(zeros({2, 0})) == "[[],\n []]  float32 [2, 0]");
  CHECK(to_string(tensor({inf, -inf, not_a_number})) == "[ inf, -inf,  nan]  float32 [3]");
  CHECK(to_string(Tensor()) == "undefined tensor");
}

TEST_CASE("to_string: long axes show their ends, views show what they see, matrices stand apart") {
  CHECK(to_string(arange(100)) == "[ 0,  1,  2, ..., 97, 98, 99]  int64 [100]");
  CHECK(to_string(arange(8)) == "[0, 1, 2, 3, 4, 5, 6, 7]  int64 [8]");
  CHECK(to_string(arange(4).reshape({2, 2}).t()) == "[[0, 2],\n [1, 3]]  int64 [2, 2]");
  CHECK(to_string(arange(4).reshape({2, 1, 2})) == "[[[0, 1]],\n\n [[2, 3]]]  int64 [2, 1, 2]");
  CHECK(to_string(arange(9).reshape({9, 1})).find("[2],\n ...,\n [6]") != std::string::npos);
}

TEST_CASE("a tensor prints to a stream") {
  std::ostringstream out;
  out << arange(2);
  CHECK(out.str() == "[0, 1]  int64 [2]");
}

TEST_CASE("to_string: int64 beyond 2^53 keeps its digits") {
  CHECK(to_string(tensor(std::vector<std::int64_t>{9007199254740993}, {1})) ==
        "[9007199254740993]  int64 [1]");
}
