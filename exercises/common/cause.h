#pragma once
#include <string>

namespace gradus::exercises {

/// What explains a result: a word for tests, and a sentence for the learner.
struct Cause {
  std::string name, sentence;
};

}  // namespace gradus::exercises
