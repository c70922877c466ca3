#pragma once
#include <vector>

#include "tools/lab/analyse.h"
#include "tools/lab/measures.h"

namespace gradus::lab {

/// Fills what removing each head shows, and whether heads differ by the one rule (specialise.h).
void add_evidence(Analysis& analysis, const Material& material, const Measures& measures);

/// Fills, for each head with a label, how much of what it contributes the ideal pattern of that label brings back.
void add_faithfulness(Analysis& analysis, const Material& material, const Measures& measures,
                      const std::vector<RepeatMeasures>& repeats, const std::vector<TokenClass>& classes);

/// What the last word of a text costs without each connection (EdgeStudy). Texts of more than 64 tokens have none.
std::vector<EdgeStudy> edge_studies(const Material& material, const Analysis& analysis,
                                    const std::vector<std::string>& layers);

}  // namespace gradus::lab
