#pragma once
#include <string>

namespace gradus::exercises {

/// What at() of a std::vector or std::array throws, as a learner wants to read it: "index -1 of a vector of 16 is
/// outside 0 ... 15". Any other text as it is.
std::string out_of_range(const std::string& what);

}  // namespace gradus::exercises
