#pragma once
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace gradus::tools {

/// What one step has to say: a line of log.jsonl.
struct StepLog {
  std::int64_t step = 0;  ///< steps taken, this one included
  float loss = 0;         ///< of the step's batch, before the step
  std::optional<double> val_loss;
  double learning_rate = 0, grad_norm = 0, tokens_per_second = 0, elapsed_seconds = 0;
};

std::string to_json(const StepLog& line);

/// A file of JSON lines, each written when it is said. Errors (resources) name the file and the reason.
class JsonLog {
 public:
  JsonLog(std::string path, bool append);
  ~JsonLog();
  JsonLog(const JsonLog&) = delete;
  JsonLog& operator=(const JsonLog&) = delete;
  void write(const StepLog& line);

 private:
  std::string path_;
  std::FILE* file_;
};

/// The lines of a log up to `last_step`; later ones, and one cut off in the middle, are left out.
std::vector<StepLog> read_log(const std::string& path, std::int64_t last_step);

}  // namespace gradus::tools
