#pragma once
#include <string>
#include <vector>

#include "judge.h"

namespace gradus::exercises {

/// One of the six heads to be named. They are the same for every seed, because their names stand in answers.txt.
struct Portrait {
  char letter;
  Array weights;
  judge::Tokens tokens;

  std::string question() const { return std::string("answer.matrix_") + letter; }
};
std::vector<Portrait> gallery();

}  // namespace gradus::exercises
