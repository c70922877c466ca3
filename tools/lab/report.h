#pragma once
#include <cstdint>
#include <string>

#include "tools/lab/analysis.h"

namespace gradus::lab {

struct ReportOptions {
  std::int64_t budget =
      32 << 20;  ///< the most bytes that the file may have; what does not fit is kept more coarsely
};

/// An analysis as one HTML file that needs nothing else: what was found in words, all heads side by side, any head with
/// its weights, the text, lines, a map of heads, training and rollout, all following one selection that the address holds.
/// A content policy lets nothing be loaded and no script run but the page's own. Without JavaScript it shows the findings,
/// tables and the picture. The same analysis gives the same bytes.
/// Error: shapes that do not agree, or a budget that not even coarse maps fit into.
std::string report(const Analysis& analysis, const ReportOptions& options = {});

}  // namespace gradus::lab
