#pragma once
#include <cstdint>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

// Induction: having seen "A B ... A", expect B (Elhage et al. 2021, Olsson et al. 2022). Blocks of random tokens that are
// repeated leave nothing else to go by, and tell where an induction head looks.

/// Sequences of `copies` blocks, after a first token of their own where start = 1. A block holds no token twice, or the same
/// target would stand for two things.
struct Repeats {
  Tensor ids;              ///< int64 [N, T], T = start + block copies
  std::int64_t start = 0;  ///< where the first copy begins
  std::int64_t block = 0, copies = 0;
};

/// N sequences, each of one block of random tokens of [0, vocab), repeated; `bos` comes before it and is not in it, unless it
/// is -1. Sequence i depends on the seed and i alone. Error: block or copies below 2, a block of more tokens than there are.
Repeats repeated_blocks(std::int64_t vocab, std::int64_t block, std::int64_t copies, std::int64_t N,
                        std::uint64_t seed, std::int64_t bos = -1);
/// The control: as long, with the same first block, but each further block is drawn anew. A head that scores here too looks
/// at a distance, and repeats nothing.
Repeats control_blocks(std::int64_t vocab, std::int64_t block, std::int64_t copies, std::int64_t N,
                       std::uint64_t seed, std::int64_t bos = -1);

// maps [..., T, T] of such sequences, or of their controls -> [...] float64. Over the rows p of the second copy and those
// that follow, p - j block being the same token in the j-th copy before:

/// The mean of sum_j A[p, p - j block + 1], the mass on what came next. A fixed distance back scores as much for one length
/// of block, so the least of several lengths is what counts. (Olsson et al. take the mean over j too, which is smaller the
/// more copies there are.) Two copies have `block` such rows: the row before them has no earlier copy, though the diagonal meets it.
Tensor induction_score(const Tensor& maps, const Repeats& repeats);
/// The mean of sum_j A[p, p - j block], the mass on the same token.
Tensor duplicate_score(const Tensor& maps, const Repeats& repeats);
/// Both of them for a head that spreads evenly: the mean of j / (p + 1), j = the copies before that of p.
double uniform_repeat_score(const Repeats& repeats);

/// By how much the first copy is harder to predict than the later ones: the mean loss of its tokens less that of theirs, for
/// each sequence.   losses [..., T - 1], of token t + 1 at t -> [...]
/// Without the first token of each copy, which no earlier copy foretells when the second one begins.
Tensor copying_gain(const Tensor& losses, const Repeats& repeats);

}  // namespace gradus::lab
