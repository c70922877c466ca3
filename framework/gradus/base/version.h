#pragma once

namespace gradus {

/// Semantic version; CMakeLists.txt reads it from here. While it begins with 0, a minor step may break an API.
inline constexpr const char* version = "0.1.0";

}  // namespace gradus
