#include "tools/lab/page.h"

#include <fmt/format.h>

#include <utility>

#include "gradus/base/error.h"
#include "tools/lab/report/assets.h"
#include "tools/lab/text.h"

namespace gradus::lab {
namespace {

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
      "img-src data:; base-uri 'none'; form-action 'none'\"/>\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{2}{3}{4}</main>\n</"
      "body>\n</html>\n",
      escaped(title_), report_styles()[0], contents, body_, headings_.empty() ? "" : "</section>\n");
}

}  // namespace gradus::lab
