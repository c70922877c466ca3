// How an index outside of a container is told to a learner.
#include "exercises/common/out_of_range.h"

#include <doctest/doctest.h>

#include <array>
#include <exception>
#include <string>
#include <vector>

using gradus::exercises::out_of_range;

namespace {

template <class Container> std::string told(Container x, std::size_t index) {
  try {
    x.at(index) = 1;
  } catch (const std::exception& e) { return out_of_range(e.what()); }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("what at() throws is told with the index that was meant and the size") {
  const std::string why = ": was something subtracted from an unsigned or zero index?";
  CHECK(told(std::vector<float>(16), 16) == "index 16 of a vector of 16 is outside 0 ... 15");
  CHECK(told(std::vector<float>(16), static_cast<std::size_t>(-1)) ==
        "index -1 of a vector of 16 is outside 0 ... 15" + why);
  CHECK(told(std::vector<int>(), 0) == "index 0 of a vector of 0");
  CHECK(told(std::array<int, 3>{}, 3) == "index 3 of an array of 3 is outside 0 ... 2");
}

TEST_CASE("any other text stays as it is") {
  for (const std::string what :
       {"", "stoi", "vector::_M_range_check: ", "vector::_M_range_check: __n (which is ",
        "array::at: (which is 7)", "vector::_M_range_check: __n (which is x) >= this->size() (which is 3)",
        "a (which is 7) b (which is 3)"})
    CHECK(out_of_range(what) == what);
}
