#pragma once
#include <string>
#include <vector>

namespace gradus::tools::exercises {

/// The sections "## 1", "## 2", ... of a hints.md, in order.
std::vector<std::string> hints_in(const std::string& page);

/// A solution as its reader wants it, without the marks that the stub was cut along; what they are is defined in
/// exercises/common/variant.cpp.
std::string without_marks(const std::string& solution);

/// `diff -u` of two files, by the names given; empty when they are the same.
std::string difference(const std::string& yours, const std::string& ours, const std::string& name_of_yours,
                       const std::string& name_of_ours);

}  // namespace gradus::tools::exercises
