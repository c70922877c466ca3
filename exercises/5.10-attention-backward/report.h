#pragma once
// The learner's gradients beside the tape's and the numeric ones.
#include <array>
#include <optional>
#include <string>

#include "exercises/common/attention_gradients.h"

namespace gradus::exercises::backward {

/// What the learner's functions make of dO, each given the learner's own gradients before it, or the tape's where those
/// are missing.
struct Chain {
  Gradients value;
  std::array<std::string, 5> missing;  ///< why there is no value: "not written yet", or what went wrong
};
Chain chain(const Problem& p);

/// The first gradient of the chain that is there and is not the tape's.
std::optional<Step> first_divergence(const Chain& yours, const Gradients& tape);

/// A line for each gradient, with its worst element.
std::string compact_report(const Problem& p);
/// Every element, by rows.
std::string full_report(const Problem& p);

}  // namespace gradus::exercises::backward
