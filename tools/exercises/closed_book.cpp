#include "exercises/closed_book.h"

#include <cctype>
#include <sstream>

#include "exercises/child.h"
#include "exercises/workspace.h"
#include "gradus/base/error.h"

namespace gradus::tools::exercises {
namespace {

/// The lines of a file without comments and blanks around them.
std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find('#'));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    names.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  return names;
}

/// Is `symbol` the name, or something within it?
bool is(const std::string& symbol, const std::string& name) {
  if (!symbol.starts_with(name)) return false;
  const char next = symbol.size() == name.size() ? '(' : symbol[name.size()];
  return !std::isalnum(static_cast<unsigned char>(next)) && next != '_';
}

}  // namespace

std::vector<std::string> spoilers_in(const std::string& symbols, const std::string& closed_book) {
  std::vector<std::string> found;
  for (const std::string& name : names_in(closed_book)) {
    std::istringstream lines(symbols);
    for (std::string line; std::getline(lines, line);) {
      // "0000000000000000 W gradus::f(int)"; inline functions of a header are there as weak symbols.
      const std::size_t letter = line.find_first_not_of(" 0123456789abcdef");
      if (letter == std::string::npos || letter + 2 >= line.size() || !is(line.substr(letter + 2), name))
        continue;
      found.push_back(name);
      break;
    }
  }
  return found;
}

std::vector<std::string> spoilers(const std::string& object, const std::string& closed_book) {
  if (names_in(closed_book).empty()) return {};
  Command nm;
  nm.words = {built_with::nm(), "-C", object};
  const Finished finished = run(nm);
  if (finished.status != 0) fail(Kind::resources, "cannot read " + object + ": " + finished.output);
  return spoilers_in(finished.output, closed_book);
}

}  // namespace gradus::tools::exercises
