#pragma once
#include <string_view>
#include <vector>

namespace gradus::lab {

// The files of this folder, compiled in (cmake/GradusEmbed.cmake). Each list is to be put together as it stands: the hashes,
// by which a page's content policy lets these run and nothing else, are of the whole.

const std::vector<std::string_view>&
report_styles();  ///< page.css, which every page of the lab has, then report.css
const std::vector<std::string_view>& report_scripts();  ///< one classic script, the last thing in the page
extern const char* const report_style_hash;             ///< "sha256-..."
extern const char* const report_script_hash;

}  // namespace gradus::lab
