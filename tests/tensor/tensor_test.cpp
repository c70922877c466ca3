#include "gradus/tensor/tensor.h"

#include <doctest/doctest.h>

#include "gradus/tensor/creation.h"
#include "gradus/tensor/storage.h"
#include "reference/expect.h"

using namespace gradus;

TEST_CASE("Tensor: a handle to shared memory with a layout") {
  const Tensor x = arange(0, 24).reshape({2, 3, 4});
  const Tensor same = x;
  CHECK(same.storage() == x.storage());
  CHECK(x.dim() == 3);
  CHECK(x.numel() == 24);
  CHECK(x.size(-1) == 4);
  CHECK(x.strides() == Shape{12, 4, 1});
  CHECK(x.dtype() == Dtype::int64);
  const Tensor part = x[1].slice(1, 1, 3);
  CHECK(part.offset() == 13);
  CHECK(part.shape() == Shape{3, 2});
  CHECK(*part.data<std::int64_t>() == 13);
  CHECK(values(part) == Values{13, 14, 17, 18, 21, 22});
  CHECK_FALSE(Tensor().defined());
  CHECK(error_of([&] { x.size(3); }) == "size: axis 3 of a tensor with 3 axes; expected -3 to 2");
}

TEST_CASE("is_contiguous: row-major without gaps, whatever axes of one or none say") {
  const Tensor x = zeros({4, 6});
  CHECK(x.is_contiguous());
  CHECK(x.slice(0, 1, 3).is_contiguous());
  CHECK_FALSE(x.slice(1, 1, 3).is_contiguous());
  CHECK_FALSE(x.t().is_contiguous());
  CHECK_FALSE(x.slice(0, 0, 4, 2).is_contiguous());
  CHECK(x.slice(0, 1, 2).t().is_contiguous());
  CHECK(x.slice(1, 2, 2).is_contiguous());
  CHECK(zeros({1}).expand({1, 1, 1}).is_contiguous());
  CHECK_FALSE(zeros({1}).expand({2}).is_contiguous());
}

TEST_CASE("is_unique_and_dense: nobody else sees the memory, and all of it is covered") {
  const Tensor x = zeros({4, 6});
  CHECK(x.is_unique_and_dense());
  {
    const Tensor other = x;
    CHECK_FALSE(x.is_unique_and_dense());
  }
  CHECK(x.is_unique_and_dense());
  CHECK_FALSE(zeros({4, 6}).slice(0, 0, 2).is_unique_and_dense());
  CHECK_FALSE(zeros({4, 6}).t().is_unique_and_dense());
  Tensor y = zeros({4, 6});
  y = y.reshape({24});
  CHECK(y.is_unique_and_dense());
}

TEST_CASE("data, item and to_vector: the element type must be named right") {
  const Tensor x = tensor({1.5, 2});
  CHECK(x.to_vector<float>() == std::vector<float>{1.5f, 2});
  CHECK(x.select(0, 0).item<float>() == 1.5f);
  CHECK(arange(1, 2).item<std::int64_t>() == 1);
  CHECK(scalar(1).to(Dtype::boolean).item() == 1);
  CHECK(error_of([&] { x.data<double>(); }) ==
        "data: the tensor holds float32, not float64; write x.to(Dtype::float64)");
  CHECK(error_of([&] { x.to_vector<std::int64_t>(); }) ==
        "data: the tensor holds float32, not int64; write x.to(Dtype::int64)");
  CHECK(error_of([&] { x.item(); }) == "item: needs a tensor of one element, not shape [2]");
  CHECK(error_of([] { Tensor().item(); }) == "item: the tensor is undefined");
  CHECK(error_of([] { Tensor().data<float>(); }) == "data: the tensor is undefined");
}

TEST_CASE("empty: sizes that cannot be") {
  CHECK(error_of([] { empty({2, -1}); }) == "shape [2, -1]: sizes must not be negative");
  CHECK(error_of([] { empty({std::int64_t{1} << 62}); }) ==
        "a tensor of shape [4611686018427387904] needs more than 2^63 bytes");
  CHECK(error_of([] {
          empty({std::int64_t{1} << 40, std::int64_t{1} << 40});
        }) == "a tensor of shape [1099511627776, 1099511627776] needs more than 2^63 bytes");
  CHECK(error_of([] {
          empty({std::int64_t{1} << 60});
        }).starts_with("out of memory: 4611686018427387904 bytes asked for"));
  CHECK(error_of([] {
          zeros({1}).expand({std::int64_t{1} << 62, 4}).clone();
        }) == "a tensor of shape [4611686018427387904, 4] needs more than 2^63 bytes");
}

TEST_CASE("size: a 0-dim tensor has no axis to ask about") { CHECK_THROWS_AS(scalar(1).size(0), Error); }
