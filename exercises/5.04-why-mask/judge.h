#pragma once
// What the exercise's functions must give, by plain loops in double, and what known mistakes give instead.
#include <optional>
#include <vector>

#include "exercise.h"
#include "exercises/common/array.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises::judge {

/// How masked_weights may be computed; the first value of each is the right one.
struct MaskRecipe {
  enum class Keys { later, itself_too, earlier, not_later, none, one_late } keys = Keys::later;
  enum class How { replaced, added, infinite, after } how = How::replaced;
  bool over_queries = false;
};
/// scores [T, T] -> [T, T]
Array masked_weights(const Array& scores, double blocked, const MaskRecipe& recipe = {});
struct MaskRun {
  Array scores;
  double blocked;
  Array got;
};
/// The known mistake that gives the results of all runs.
std::optional<Cause> explain_weights(const std::vector<MaskRun>& runs);

/// How leak may be computed; the first is the right one.
enum class Leak { largest, with_diagonal, earlier, everywhere, mean, sum, from_first };
double leak(const Array& weights, Leak how = Leak::largest);
struct LeakRun {
  Array weights;
  double got;
};
std::optional<Cause> explain_leak(const std::vector<LeakRun>& runs);

/// How the losses may be computed; the first value of each is the right one for prefix_only_loss.
struct LossRecipe {
  enum class Sees { prefix, prefix_and_next, everything, own_token, first_of_prefix } sees = Sees::prefix;
  enum class Target { next, own, own_and_last, previous } target = Target::next;
  enum class Measure { mean, per_length, sum, last, first } measure = Measure::mean;
};
/// The loss of the model's logits for ids [B, T]; the model runs once for every prefix.
double loss(const Tiny& model, const Tensor& ids, const LossRecipe& recipe);
std::optional<Cause> explain_loss(double got, const Tiny& model, const Tensor& ids, LossRecipe::Sees right);

}  // namespace gradus::exercises::judge
