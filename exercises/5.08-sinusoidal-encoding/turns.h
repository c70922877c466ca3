#pragma once
// An encoding seen as hands of clocks: columns 2i and 2i + 1 are sine and cosine of one angle, which turns by the pair's
// frequency at each position.
#include "exercises/common/array.h"

namespace gradus::exercises {

/// The right one of pair i: 1 / 10000^(2i / d).
double frequency(std::int64_t i, std::int64_t d);

// Each is judged from the encoding [length, d] alone, and trusts what the ones before it have judged.

/// Row 0 is 0, 1, 0, 1, ...: causes swapped, halves, only-sines, only-cosines, one-based, position-0.
void expect_start(const Array& pe);
/// sin^2 + cos^2 = 1 in every pair: cause pair-frequencies.
void expect_pairs(const Array& pe);
/// Each step turns a pair by the same angle: cause uneven-steps.
void expect_even_steps(const Array& pe);
/// The turn from 0 to 1 is the frequency, or tells what else it is: causes integer-division, angle-zero, exponent-sign,
/// order, exponent-halved, exponent-doubled, exponent-denominator, base, degrees, pairs-one-based, angle-factor.
void expect_frequencies(const Array& pe);

}  // namespace gradus::exercises
