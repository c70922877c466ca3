#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

/// A language model to look into: anything that predicts tokens through attention layers that have names.
struct Subject {
  std::string name;
  std::function<Tensor(const Tensor& ids)> logits;  ///< int64 [B, T] -> [B, T, V]; row t predicts token t + 1
  std::int64_t vocab = 0, context = 0;              ///< context: the most tokens that it sees at once
};

/// What a model attends to while it reads: B sequences of T tokens, L layers of H heads.
struct Extraction {
  std::vector<std::string> layers;  ///< their names, in the order in which they ran
  Tensor maps;                      ///< [B, L, H, T, T], row = query, column = key
  Tensor outputs;                   ///< [B, L, H, T, D], what each head made of them
  Tensor logits;                    ///< [B, T, V], the same bits as without looking
};
/// Without dropout and off the tape.   ids int64 [B, T]. Error: no layer has a name, or layers differ in their heads.
Extraction extract(const Subject& subject, const Tensor& ids);

/// The cross-entropy of each prediction, in nats: of token t + 1 from row t.   ids [B, T] -> [B, T - 1]
Tensor token_losses(const Tensor& logits, const Tensor& ids);

/// What must hold of maps whatever the model is, measured: how far a row's sum is from 1, the largest weight on the future,
/// how many weights are not finite.
struct Integrity {
  double row_sum = 0, future = 0;
  std::int64_t not_finite = 0;

  bool holds() const;  ///< rows within 1e-5 of 1, the future exactly 0, every weight finite
  Integrity& operator+=(const Integrity& other);  ///< of both sets of maps
};
Integrity integrity(const Tensor& maps);  ///< [..., T, T]

}  // namespace gradus::lab
