#pragma once
#include <fmt/format.h>

#include <exception>

#include "exercises/common/todo.h"

namespace gradus::exercises {

/// A part of an experiment that needs a function of the learner; the others go on without it.
template <class Part> void experiment_part(const Part& show) {
  try {
    show();
  } catch (const NotWritten& missing) {
    fmt::print("  (not written yet: {})\n", missing.what());
  } catch (const std::exception& e) { fmt::print("  (your code stopped: {})\n", e.what()); }
  fmt::print("\n");
}

}  // namespace gradus::exercises
