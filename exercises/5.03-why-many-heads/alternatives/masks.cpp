// Roles as masks over the whole map; heads mixed one by one; other numbers of training that do as well.
#include <algorithm>

#include "exercise.h"
#include "gradus/ops/masking.h"

namespace gradus::exercises {

std::int64_t parameter_count(std::int64_t d_model, std::int64_t heads, std::int64_t d_k) {
  return 4 * heads * d_k * d_model;
}

double copy_loss(const Tensor& windows, const Tensor& patterns) {
  std::vector<Tensor> mixtures;
  for (std::int64_t h = 0; h < patterns.size(0); ++h)
    mixtures.push_back((windows * patterns[h].unsqueeze(-1)).sum({1}));  // [N, d]
  const Tensor x = cat(mixtures, 1);
  double lost = 0, all = 0;
  for (const std::int64_t token : {0, 1}) {  // a readout of its own for each
    const Tensor target = windows.select(1, token);
    lost += square(target - matmul(x, least_squares(x, target))).sum().item();
    all += square(target).sum().item();
  }
  return lost / all;
}

double best_of_one_head(const Tensor& windows, std::int64_t steps) {
  const std::int64_t k = windows.size(1);
  std::vector<double> losses;
  for (std::int64_t i = 0; i <= steps; ++i)
    for (std::int64_t j = 0; j <= steps - i; ++j) {
      // Weights that do not sum to 1: the readout undoes any factor.
      const Tensor two = tensor({static_cast<double>(i), static_cast<double>(j)});
      const Tensor rest = full({k - 2}, static_cast<double>(steps - i - j) / static_cast<double>(k - 2));
      losses.push_back(copy_loss(windows, cat({two, rest}).unsqueeze(0)));
    }
  return *std::min_element(losses.begin(), losses.end());
}

double role_score(Role role, const Tensor& weights, const std::vector<std::int64_t>& tokens) {
  const std::int64_t t = weights.size(0);
  if (role == Role::uniform) {
    const Tensor safe = maximum(weights, full({}, 1e-30));
    const Tensor entropy = -(weights * log(safe)).sum({1});
    const Tensor largest = log(arange(1, t + 1).to(Dtype::float32));
    return (entropy / maximum(largest, full({}, 1e-9))).slice(0, 2, t).mean().item();
  }
  const Tensor ids = tensor(tokens, {t}), i = arange(t).unsqueeze(1), j = arange(t).unsqueeze(0);
  const Tensor one = ones({t, t}), none = zeros({t, t});
  const Tensor equal = where(eq(ids.unsqueeze(1), ids.unsqueeze(0)), one, none);  // [i, j]
  Tensor keys = none;
  if (role == Role::previous) keys = where(eq(i - j, 1), one, none);
  if (role == Role::first) keys = where(eq(j, 0), one, none);
  if (role == Role::current) keys = eye(t);
  if (role == Role::same_token) keys = tril(equal, -1);
  if (role == Role::induction)  // column j takes what column j - 1 holds
    keys = tril(cat({zeros({t, 1}), equal.slice(1, 0, t - 1)}, 1));
  keys = tril(keys);
  const Tensor mass = (weights * keys).sum({1}).slice(0, 2, t);
  const Tensor counts = where(keys.sum({1}) > 0, ones({t}), zeros({t})).slice(0, 2, t);
  const double rows = counts.sum().item();
  return rows == 0 ? 0 : (mass * counts).sum().item() / rows;
}

Tiny trained_copier(std::int64_t heads, int steps) {
  Tiny model(TinyOptions{.vocab = 12, .heads = heads, .targets = 2});
  const auto examples = [&](std::int64_t) { return offset_task(model.options, {-1, -2}, 24); };
  train(model, steps, examples, 24, 4e-3);
  return model;
}

}  // namespace gradus::exercises
