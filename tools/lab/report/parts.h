#pragma once
#include <string>

#include "tools/lab/analysis.h"
#include "tools/lab/report/data.h"

namespace gradus::lab {

// The parts of the report that read without a script, as HTML.

std::string facts_part(const Analysis& analysis,
                       const Precision& precision);  ///< what was looked at, and whether it is sound
std::string findings_part(const Analysis& analysis);
std::string heads_table(const Analysis& analysis);
std::string method_part(const Analysis& analysis, const Precision& precision);

}  // namespace gradus::lab
