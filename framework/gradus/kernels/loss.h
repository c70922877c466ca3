#pragma once
#include <cstdint>

namespace gradus::kernels {

// Over the rows of dense logits [rows, classes]; target, loss and logsumexp are [rows]. T is float or double.
// Targets are in [0, classes) or ignore_index: the caller checks. logsumexp is double for both, so that
// exp(logit - logsumexp) is as exact a probability as a float can hold, however large the logits are.

/// loss = (1 - s) (logsumexp - logit[target]) + s (logsumexp - mean(logits)),  s = label_smoothing; 0 where
/// ignored.
template <class T>
void cross_entropy(std::int64_t rows, std::int64_t classes, const T* logits, const std::int64_t* target,
                   std::int64_t ignore_index, double label_smoothing, T* loss, double* logsumexp);

/// dlogits = dloss (softmax(logits) - (1 - s) onehot(target) - s / classes), 0 where ignored. No
/// probabilities are kept: they are computed again from the logits. dlogits may be logits.
template <class T>
void cross_entropy_backward(std::int64_t rows, std::int64_t classes, const T* logits,
                            const std::int64_t* target, std::int64_t ignore_index, double label_smoothing,
                            const double* logsumexp, const T* dloss, T* dlogits);

}  // namespace gradus::kernels
