#pragma once
// HTML and SVG as a browser reads them, as far as a learner's page needs it.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::exercises {

struct Element {
  std::string name;  ///< lower case
  std::map<std::string, std::string> attributes;
  std::string text;  ///< directly inside
  int parent = -1;   ///< an index into the list; -1 for the outermost
};

/// All elements in the order of their start tags. Entities are resolved; tags that HTML never closes (meta, br, ...) need
/// no end. Throws std::runtime_error, with the place, for a tag that is not closed, one that closes nothing, a raw < or &.
std::vector<Element> read_markup(std::string_view html);

/// Is element i inside element `outer`?
bool is_inside(const std::vector<Element>& all, int i, int outer);

/// All text inside element i, its own and that of the elements in it.
std::string text_inside(const std::vector<Element>& all, int i);

}  // namespace gradus::exercises
