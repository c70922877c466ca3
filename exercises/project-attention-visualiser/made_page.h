#pragma once
// A page of the learner about random maps and numbers, and what a browser finds in it.
#include <string>
#include <string_view>
#include <vector>

#include "exercise.h"
#include "exercises/common/array.h"
#include "exercises/common/checks.h"
#include "exercises/common/markup.h"

namespace gradus::exercises {

struct MadePage {
  static constexpr std::int64_t L = 3, H = 2, T = 5;
  Array maps;  ///< [L, H, T, T]
  std::vector<std::string> tokens = {"<sad>", "R&D", "\"it\"", "naïve", "cat's"};
  std::vector<Head> heads;
  std::string html;
  std::vector<Element> all;  ///< of the page

  /// Fails when there is no page, or none that can be read.
  explicit MadePage(const Trial& t);

  const Element& at(int i) const { return all[static_cast<std::size_t>(i)]; }
  std::vector<int> named(std::string_view name) const;              ///< all elements of that name
  std::vector<int> inside(std::string_view name, int outer) const;  ///< those inside the element `outer`
};

}  // namespace gradus::exercises
