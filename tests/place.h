#pragma once
#include <string>

/// Where a test finds things: tests that read the sources or run programs ask here, so no other file knows a
/// path.
namespace place {

std::string source();    ///< the repository
std::string build();     ///< the build folder; examples are in models/ below it
std::string program();   ///< the gradus program
std::string compiler();  ///< the C++ compiler that built this

}  // namespace place
