#include "tools/lab/page.h"

#include <fmt/format.h>

#include <utility>

#include "gradus/base/error.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

constexpr const char* style = R"(
  :root { color-scheme: light dark; --page: #ffffff; --text: #1f2328; --quiet: #57606a; --line: #d4dae1; --link: #0b57b8 }
  @media (prefers-color-scheme: dark) {
    :root { --page: #0d1117; --text: #e6edf3; --quiet: #a3adb8; --line: #2b323b; --link: #79b8ff }
  }
  body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 80rem; margin: 0 auto; padding: 1.5rem }
  h1 { font-size: 1.7rem; line-height: 1.25 }
  h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line) }
  h1, h2, p, figcaption, caption, li { overflow-wrap: anywhere }
  p, nav { max-width: 46rem }
  a { color: var(--link) }
  .pictures { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start }
  figure { margin: 0; max-width: 100% }
  figure svg { display: block; max-width: 100%; height: auto }
  figcaption, caption { color: var(--quiet); font-size: .9rem; text-align: left }
  .wide { overflow-x: auto; margin: 1rem 0 }
  table { border-collapse: collapse }
  caption { padding-bottom: .4rem }
  th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: pre-wrap }
  thead th { color: var(--quiet); font-weight: 600 }
  tbody th { font-weight: 400 }
  .number { text-align: right; font-variant-numeric: tabular-nums }
  @media print { main { max-width: none; padding: 0 } figure, tr { break-inside: avoid } }
)";

/// Numbers are set flush right so that their digits line up.
bool is_number(const std::string& cell) {
  const std::size_t first = cell.find_first_not_of("+-");
  return first != std::string::npos && first <= 1 && cell[first] >= '0' && cell[first] <= '9' &&
         cell.find_first_not_of("0123456789.,eE+-% ") == std::string::npos;
}

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {
  if (title_.empty()) fail("Page: needs a title; a reader finds the tab by it");
}

void Page::section(const std::string& heading) {
  if (!headings_.empty()) body_ += "</section>\n";
  headings_.push_back(heading);
  body_ += fmt::format("<section id=\"section-{}\">\n<h2>{}</h2>\n", headings_.size(), escaped(heading));
}

void Page::text(const std::string& paragraph) { body_ += fmt::format("<p>{}</p>\n", escaped(paragraph)); }

void Page::pictures(const std::vector<Picture>& pictures) {
  std::string figures;
  for (const Picture& p : pictures) {
    if (!p.svg.starts_with("<svg") || p.svg.find("</svg>") == std::string::npos)
      fail(fmt::format("Page: the picture '{}' begins with '{}', and a picture is markup from <svg to </svg>",
                       p.caption, p.svg.substr(0, 20)));
    figures += "<figure>\n" + p.svg;
    if (!p.caption.empty()) figures += fmt::format("<figcaption>{}</figcaption>\n", escaped(p.caption));
    figures += "</figure>\n";
  }
  body_ += "<div class=\"pictures\">\n" + figures + "</div>\n";
}

void Page::table(const Table& table) {
  for (std::size_t r = 0; r < table.rows.size(); ++r)
    if (table.rows[r].size() != table.header.size())
      fail(fmt::format("Page: row {} of the table '{}' has {} cells, and its header has {}", r, table.caption,
                       table.rows[r].size(), table.header.size()));
  // A table may be wider than a narrow page; then it scrolls, and the keyboard has to reach it.
  const std::string caption = escaped(table.caption);
  body_ += fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table>\n"
      "<caption>{0}</caption>\n<thead><tr>",
      caption);
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const bool numbers = !table.rows.empty() && c > 0 && is_number(table.rows[0][c]);
    body_ += fmt::format("<th scope=\"col\"{}>{}</th>", numbers ? " class=\"number\"" : "",
                         escaped(table.header[c]));
  }
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    body_ += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c)
      body_ += c == 0 ? fmt::format("<th scope=\"row\">{}</th>", escaped(row[c]))
                      : fmt::format("<td{}>{}</td>", is_number(row[c]) ? " class=\"number\"" : "",
                                    escaped(row[c]));
    body_ += "</tr>\n";
  }
  body_ += "</tbody>\n</table>\n</div>\n";
}

std::string Page::html() const {
  std::string contents;
  for (std::size_t i = 0; headings_.size() > 1 && i < headings_.size(); ++i)
    contents += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1, escaped(headings_[i]));
  if (!contents.empty()) contents = "<nav aria-label=\"Contents\"><ol>\n" + contents + "</ol></nav>\n";
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "base-uri 'none'; form-action 'none'\"/>\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{2}{3}{4}</main>\n</"
      "body>\n</html>\n",
      escaped(title_), style, contents, body_, headings_.empty() ? "" : "</section>\n");
}

}  // namespace gradus::lab
