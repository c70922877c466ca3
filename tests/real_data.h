#pragma once
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "place.h"

/// A file of the real data that tests like to see, or "" with a loud note when this machine has none. Looks
/// in the folder that GRADUS_DATA names, else in ../shared/data beside the sources.
inline std::string real_data(const std::string& name) {
  const char* folder = std::getenv("GRADUS_DATA");
  const std::string where = folder ? folder : place::source() + "/../shared/data";
  const std::string path = std::filesystem::absolute(where + "/" + name).lexically_normal().string();
  if (std::filesystem::exists(path)) return path;
  MESSAGE("SKIPPED: there is no ", path, "; set GRADUS_DATA to the folder that has it");
  return "";
}
