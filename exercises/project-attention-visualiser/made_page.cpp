#include "made_page.h"

#include <fmt/format.h>

#include <stdexcept>

#include "exercises/common/oracle.h"
#include "gradus/ops/softmax.h"

namespace gradus::exercises {

MadePage::MadePage(const Trial& t) : maps(softmax(t.randn({L, H, T, T}) * 2 + causal_mask(T).tensor(), -1)) {
  for (std::int64_t l = 0; l < L; ++l)
    for (std::int64_t h = 0; h < H; ++h) {
      // Numbers that no rounding of the third digit can change.
      const auto number = [&] { return static_cast<double>(t.randint(0, 2000)) / 1000 + 0.0002; };
      Head head{.layer = l, .head = h, .entropy = number(), .previous = number(), .first = number()};
      head.current = number(), head.referent = number(), head.damage = number() - 1;
      head.role = t.randint(0, 2) == 0 ? "none" : "previous";
      heads.push_back(head);
    }
  const Tensor input = maps.tensor();
  const Unchanged inputs({input});
  html = attention_page(input, tokens, heads);
  inputs.expect();
  if (html.empty()) fail_check("empty", "attention_page returns nothing.");
  for (const char* raw : {"<sad>", "R&D"})
    if (html.find(raw) != std::string::npos)
      fail_check("not-escaped",
                 fmt::format(
                     "The token {} stands in the page as it is, and a browser reads it as markup: write < as "
                     "&lt; and & as &amp; (lab::escaped does).",
                     raw));
  try {
    all = read_markup(html);
  } catch (const std::runtime_error& e) {
    fail_check("markup", fmt::format("The page is not well-formed: {}", e.what()));
  }
}

std::vector<int> MadePage::named(std::string_view name) const {
  std::vector<int> found;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) found.push_back(static_cast<int>(i));
  return found;
}

std::vector<int> MadePage::inside(std::string_view name, int outer) const {
  std::vector<int> found;
  for (int i = outer + 1; i < static_cast<int>(all.size()) && is_inside(all, i, outer); ++i)
    if (at(i).name == name) found.push_back(i);
  return found;
}

}  // namespace gradus::exercises
