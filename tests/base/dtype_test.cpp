#include "gradus/base/dtype.h"

#include <doctest/doctest.h>

#include <string>

#include "reference/expect.h"

using namespace gradus;

TEST_CASE("element types: name, size, and the C++ type that visit hands out") {
  struct Row {
    Dtype dtype;
    std::string name;
    std::size_t size;
    bool floating;
  };
  for (const Row& r : {Row{Dtype::float32, "float32", 4, true}, Row{Dtype::float64, "float64", 8, true},
                       Row{Dtype::int64, "int64", 8, false}, Row{Dtype::boolean, "boolean", 1, false}}) {
    CHECK(name(r.dtype) == r.name);
    CHECK(size_of(r.dtype) == r.size);
    CHECK(is_floating(r.dtype) == r.floating);
    CHECK(visit(r.dtype, [](auto t) { return dtype_of<decltype(t)>; }) == r.dtype);
    CHECK(visit(r.dtype, [](auto t) { return sizeof t; }) == r.size);
  }
  CHECK(visit_floating(Dtype::float64, "f", [](auto t) { return sizeof t; }) == 8);
  CHECK(error_of([] { visit_floating(Dtype::boolean, "f", [](auto) {}); }) ==
        "f: needs float32 or float64, not boolean; write x.to(Dtype::float32)");
}
