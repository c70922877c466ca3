#pragma once
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "place.h"

namespace exercises {

/// The folders of the exercises, in order.
inline std::vector<std::string> folders() {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(place::source() + "/exercises"))
    if (std::filesystem::exists(entry.path() / "solution")) all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  return all;
}

/// ".../5.05-dot-product-attention" -> "5.05", ".../project-..." -> "project"
inline std::string id_of(const std::string& folder) {
  const std::string name = std::filesystem::path(folder).filename().string();
  return name.substr(0, name.find('-'));
}

/// The numbers with a decimal point in a text; the names of exercises, 5.1 to 5.11, are none.
inline std::vector<std::string> numbers_of(const std::string& text) {
  std::vector<std::string> all;
  const auto digit = [&](std::size_t i) {
    return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i]));
  };
  for (std::size_t i = 0; i < text.size();) {
    if (!digit(i)) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (digit(i)) ++i;
    if (text[i] != '.' || !digit(i + 1)) continue;
    ++i;
    while (digit(i)) ++i;
    const std::string number = text.substr(begin, i - begin);
    const bool exercise = number.size() <= 4 && number.rfind("5.", 0) == 0 &&
                          std::stoi(number.substr(2)) <= 11 && number[2] != '0';
    if (!exercise) all.push_back(number);
  }
  return all;
}

}  // namespace exercises
