#pragma once
#include <string>

#include "dataset.h"
#include "run_folder.h"
#include "settings.h"
#include "terminal.h"

namespace gradus::tools {

struct SessionOptions {
  bool resume = false;   ///< go on from the folder's last save
  std::string json_log;  ///< a second log file; empty: none
  bool attend = false;   ///< keep the weights of some steps, early ones above all (RunFolder::checkpoints)
};

/// Trains until `settings.steps`, or until Ctrl-C: then the step is finished and saved. Shows rows, samples
/// and the time left; keeps the run folder (see RunFolder) up to date.
void train_session(const Settings& settings, const Dataset& data, const RunFolder& run, Terminal& terminal,
                   const SessionOptions& options);

}  // namespace gradus::tools
