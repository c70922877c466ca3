#pragma once
#include <memory>
#include <string>

#include "models/gpt.h"
#include "tools/lab/subject.h"

/// Small models to look into.
namespace looked_at {

inline gradus::lab::Subject subject(const gradus::models::Gpt& gpt, const std::string& name = "gpt") {
  return {name, [&gpt](const gradus::Tensor& ids) { return gpt(ids); }, gpt.config.vocab, gpt.config.context};
}

}  // namespace looked_at
