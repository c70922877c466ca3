#pragma once
#include <cstdint>
#include <vector>

#include "exercises/common/tiny.h"

namespace gradus::exercises {

/// Independent, equally likely tokens; the n-th target at position i is the token at i + offsets[n].
///   offsets {-1}      the previous token: one look back solves it
///   offsets {-1, -2}  and the one before that, by a second readout: it takes two looks
///   offsets {1}       the next token, which nothing before it tells
/// A position from which one of them lies outside counts in none of the targets (-100).
///   ids [batch, length], targets [batch, length, offsets];  vocab and length are the model's
Examples offset_task(const TinyOptions& options, const std::vector<std::int64_t>& offsets,
                     std::int64_t batch);

}  // namespace gradus::exercises
