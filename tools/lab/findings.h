#pragma once
#include <string>
#include <vector>

#include "tools/lab/analysis.h"

namespace gradus::lab {

/// A statement with its evidence. `head` (an index into Analysis::head) is the head that it is about, -1: none.
struct Finding {
  std::string text;
  std::int64_t head = -1;
};
/// A question that the analysis answers.
struct Answer {
  std::string question;
  std::vector<Finding> findings;
};

/// What each head looks at, whether heads differ, whether it matters, and what the pronoun's edge is worth: plain sentences
/// with numbers, from the analysis alone. Where nothing is found they say that.
std::vector<Answer> answers(const Analysis& analysis);

/// What must be kept in mind: how scores were measured, whether the maps are sound, what attention does not show.
std::vector<std::string> caveats(const Analysis& analysis);

/// "L1H3"
std::string name_of(const HeadAnalysis& head);

/// The same as a page of Markdown, with the table of heads, what was measured and how, and what must be kept in mind.
std::string markdown(const Analysis& analysis);

}  // namespace gradus::lab
