#pragma once
#include <cstdint>
#include <vector>

#include "gradus/data/tokens.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

/// The target of a position that does not count: cross_entropy's ignore_index.
inline constexpr std::int64_t no_target = -100;

/// Inputs are the tokens [begin, begin + length), each one's target is the token after it.
struct Window {
  std::int64_t begin = 0, length = 0;
};

/// Where `id` occurs. With a tokenizer's start(): the beginnings of the stories; empty for -1.
std::vector<std::int64_t> positions_of(const Tokens& tokens, std::int64_t id);

/// The last `fraction` of a text for validation, the rest for training. With story starts the cut falls
/// between stories.
struct Split {
  Tokens train, validation;
};
Split split(const Tokens& tokens, double fraction = 0.1, const std::vector<std::int64_t>& starts = {});

/// `batch` windows of `context` tokens for one training step: a pure function of (seed, step). They begin
/// anywhere or, where `starts` is not empty, at one of these. Error (input) when the text is shorter than
/// context + 1 tokens.
std::vector<Window> random_windows(const Tokens& tokens, std::int64_t context, std::int64_t batch,
                                   std::uint64_t seed, std::int64_t step,
                                   const std::vector<std::int64_t>& starts = {});

/// Windows of at most `context` tokens that count every token but the first exactly once. With story starts,
/// a window begins at one wherever a whole story fits, so that no position lacks the words its own story has
/// told.
std::vector<Window> validation_windows(const Tokens& tokens, std::int64_t context,
                                       const std::vector<std::int64_t>& starts = {});

/// Token ids, int64 [rows, context].
struct Batch {
  Tensor x;  ///< inputs; 0 past a window's length
  Tensor y;  ///< targets; no_target past a window's length
};
Batch make_batch(const Tokens& tokens, const std::vector<Window>& windows, std::int64_t context);

}  // namespace gradus
