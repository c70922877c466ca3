#pragma once
#include <optional>
#include <vector>

#include "dataset.h"
#include "log.h"
#include "run_folder.h"

namespace gradus::tools {

/// The mean loss, in nats, over windows that count every token of a text but the first once; dropout off.
double mean_loss(const models::Gpt& model, const Tokens& tokens, const std::vector<std::int64_t>& starts);

/// A model that learns. A step is a pure function of the settings, of what save() keeps, and of its number: a
/// run that is cut off and resumed gives the same bits as one that is not.
class Trainer {
 public:
  Trainer(const Settings& settings, const Dataset& data);

  /// One optimizer step. Error (numerical), before any weight is touched, when the loss or its gradient is
  /// not finite.
  StepLog take_step();
  double validate();  ///< the loss on the validation text; error (numerical) when it is not finite

  /// Writes model.safetensors and training.safetensors; `elapsed` are the seconds of training so far.
  void save(const RunFolder& run, double elapsed) const;
  double resume(const RunFolder& run);  ///< reads the state back and returns those seconds

  const models::Gpt& model() const { return model_; }
  std::int64_t step() const { return optimizer_.steps(); }  ///< steps taken
  double best_loss() const { return best_loss_; }           ///< of all validations; infinite before the first
  std::int64_t best_step() const { return best_step_; }

 private:
  Settings settings_;
  const Dataset& data_;
  models::Gpt model_;
  std::vector<Tensor> parameters_;
  AdamW optimizer_;
  Schedule schedule_;
  double best_loss_;
  std::int64_t best_step_ = 0;
};

}  // namespace gradus::tools
