#include "tools/lab/token_classes.h"

#include <algorithm>
#include <string_view>

#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

constexpr std::string_view digits = "0123456789", vowels = "aeiouAEIOU", blanks = " \t",
                           marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

bool made_of(std::string_view token, std::string_view characters) {
  return !token.empty() && token.find_first_not_of(characters) == std::string_view::npos;
}
bool capital(std::string_view token) { return !token.empty() && token[0] >= 'A' && token[0] <= 'Z'; }

}  // namespace

std::vector<TokenClass> token_classes(const std::vector<std::string>& vocabulary,
                                      const std::vector<std::int64_t>& common) {
  std::vector<TokenClass> classes;
  const auto add = [&](const std::string& name, bool after_blank, auto belongs) {
    std::vector<bool> has;
    for (const std::string& token : vocabulary) has.push_back(belongs(token));
    if (std::find(has.begin(), has.end(), true) != has.end()) classes.push_back({name, has, after_blank});
  };
  const auto blank = [](const std::string& t) { return made_of(t, " \t\n"); };
  add("line breaks", false, [](const std::string& t) { return t.find('\n') != std::string::npos; });
  add("blanks", false, [](const std::string& t) { return made_of(t, blanks); });
  add("punctuation", false, [](const std::string& t) { return made_of(t, marks); });
  add("digits", false, [](const std::string& t) { return made_of(t, digits); });
  add("vowels", false, [](const std::string& t) { return t.size() == 1 && made_of(t, vowels); });
  add("capitals", false, [](const std::string& t) { return capital(t); });
  add("starts of words", true, blank);
  for (const std::int64_t id : common) {
    std::vector<bool> has(vocabulary.size());
    has[static_cast<std::size_t>(id)] = true;
    classes.push_back({"“" + printable(vocabulary[static_cast<std::size_t>(id)]) + "”", has});
  }
  return classes;
}

std::vector<bool> members(const TokenClass& of, const std::vector<std::int64_t>& ids) {
  std::vector<bool> result(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    result[i] = of.after_blank ? i > 0 && of.has[static_cast<std::size_t>(ids[i - 1])]
                               : static_cast<bool>(of.has[static_cast<std::size_t>(ids[i])]);
  return result;
}

}  // namespace gradus::lab
