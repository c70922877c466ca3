#pragma once
#include <functional>
#include <string>
#include <vector>

#include "gradus/gradus.h"
#include "tools/lab/subject.h"

namespace planted {

/// A model of one layer whose heads look where they are told: key(q, ids) for head h, or -1 for an even spread. Each
/// head says which token it looked at, and `weight` of it goes to the logits.
struct Head {
  std::function<std::int64_t(std::int64_t q, const std::vector<std::int64_t>& ids)> key;
  double weight = 0;
};

inline gradus::lab::Subject subject(const std::vector<Head>& heads, std::int64_t vocab,
                                    std::int64_t context) {
  using namespace gradus;
  const auto logits = [heads, vocab](const Tensor& ids) {
    const std::int64_t B = ids.size(0), T = ids.size(1), H = std::ssize(heads);
    const Tensor q = zeros({B, H, T, T}), k = zeros({B, H, T, T}), v = zeros({B, H, T, vocab});
    for (std::int64_t b = 0; b < B; ++b) {
      const std::vector<std::int64_t> tokens = ids[b].to_vector<std::int64_t>();
      for (std::int64_t h = 0; h < H; ++h)
        for (std::int64_t t = 0; t < T; ++t) {
          const std::int64_t row = (b * H + h) * T + t,
                             key = heads[static_cast<std::size_t>(h)].key(t, tokens);
          if (key >= 0) q.data<float>()[row * T + key] = 40;
          k.data<float>()[row * T + t] = 1;
          v.data<float>()[row * vocab + tokens[static_cast<std::size_t>(t)]] = 1;
        }
    }
    const Tensor said =
        attention(q, k, v, {.causal = true, .scale = 1.0, .layer = "planted"});  // [B, H, T, V]
    Tensor sum = zeros({B, T, vocab});
    for (std::int64_t h = 0; h < H; ++h)
      sum = sum + said.select(1, h) * heads[static_cast<std::size_t>(h)].weight;
    return sum;
  };
  return {"planted", logits, vocab, context};
}

/// What heads are told, by the label that they should get.
inline Head previous(double weight = 0) {
  return {[](std::int64_t q, const auto&) { return std::max<std::int64_t>(q - 1, 0); }, weight};
}
inline Head first(double weight = 0) {
  return {[](std::int64_t, const auto&) { return std::int64_t{0}; }, weight};
}
inline Head current(double weight = 0) {
  return {[](std::int64_t q, const auto&) { return q; }, weight};
}
inline Head evenly(double weight = 0) {
  return {[](std::int64_t, const auto&) { return std::int64_t{-1}; }, weight};
}
inline Head back(std::int64_t d, double weight = 0) {
  return {[d](std::int64_t q, const auto&) { return q >= d ? q - d : -1; }, weight};
}
/// At the token after the last earlier copy of the query's token (add = 1), or at that copy (add = 0); else at the first.
inline Head copies(std::int64_t add, double weight = 0) {
  return {[add](std::int64_t q, const std::vector<std::int64_t>& ids) {
            for (std::int64_t k = q - 1; k >= 0; --k)
              if (ids[static_cast<std::size_t>(k)] == ids[static_cast<std::size_t>(q)]) return k + add;
            return std::int64_t{0};
          },
          weight};
}

}  // namespace planted
