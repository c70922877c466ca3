#pragma once
#include <string>
#include <vector>

namespace gradus::lab {

/// A report: one HTML file that needs nothing else. It reads without JavaScript, follows the reader's light or dark
/// setting, prints, and may load or run nothing, which a content policy in it enforces. What is given as text is escaped.
///
///   Page page("What the heads look at");
///   page.section("Layer 0");
///   page.text("Head 1 looks at the token before.");
///   page.pictures({{svg_heatmap(map), "head 1"}});
///   page.html()
class Page {
 public:
  explicit Page(std::string title);

  struct Picture {
    std::string svg;  ///< markup, put into the page as it is
    std::string caption = {};
  };
  struct Table {
    std::string caption;
    std::vector<std::string> header;             ///< one per column
    std::vector<std::vector<std::string>> rows;  ///< the first cell of a row is its heading
  };

  void section(const std::string& heading);  ///< what follows stands under it; several are listed at the top
  void text(const std::string& paragraph);
  void pictures(const std::vector<Picture>& pictures);  ///< side by side where the page is wide enough
  void table(const Table& table);                       ///< error for a row that is not as long as the header

  std::string html() const;

 private:
  std::string title_, body_;
  std::vector<std::string> headings_;
};

}  // namespace gradus::lab
