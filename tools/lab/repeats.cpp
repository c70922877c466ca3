#include "tools/lab/repeats.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "tools/lab/maps.h"

namespace gradus::lab {
namespace {

Repeats make_blocks(const char* what, std::int64_t vocab, std::int64_t block, std::int64_t copies,
                    std::int64_t N, std::uint64_t seed, std::int64_t bos, bool anew) {
  if (block < 2 || copies < 2 || N < 0)
    fail(fmt::format("{}: needs blocks of at least 2 tokens, in at least 2 copies, not N = {} of {} x {}",
                     what, N, copies, block));
  if (bos < -1 || bos >= vocab)
    fail(fmt::format("{}: bos is {}, and ids are 0 ... {}, or -1 for none", what, bos, vocab - 1));
  const std::int64_t start = bos < 0 ? 0 : 1, length = start + block * copies, tokens = vocab - start;
  if (tokens < block)
    fail(fmt::format("{}: a block of {} different tokens needs as many, and there are {}", what, block,
                     tokens));
  const Tensor ids = empty({N, length}, Dtype::int64);
  for (std::int64_t i = 0; i < N; ++i) {
    const Philox random{.seed = seed, .stream = static_cast<std::uint64_t>(i)};
    std::int64_t* const sequence = ids.data<std::int64_t>() + i * length;
    if (start == 1) sequence[0] = bos;
    std::vector<std::int64_t> pool(static_cast<std::size_t>(tokens));
    std::iota(pool.begin(), pool.end(), 0);
    for (std::int64_t at = 0; at < block * copies; ++at) {
      if (at >= block && !anew) {
        sequence[start + at] = sequence[start + at - block];
        continue;
      }
      // A shuffle's first `block` steps; wherever the last block's left the pool, the next one's draws are as random.
      const std::int64_t j = at % block;
      const auto other = j + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(at),
                                                                    static_cast<std::uint64_t>(tokens - j)));
      std::swap(pool[static_cast<std::size_t>(j)], pool[static_cast<std::size_t>(other)]);
      const std::int64_t token = pool[static_cast<std::size_t>(j)];
      sequence[start + at] = token + (start == 1 && token >= bos);
    }
  }
  return {ids, start, block, copies};
}

std::int64_t length_of(const char* what, const Repeats& r) {
  if (r.start < 0 || r.block < 2 || r.copies < 2)
    fail(fmt::format("{}: needs at least 2 copies of a block of at least 2 tokens, not {} of {} from {} on",
                     what, r.copies, r.block, r.start));
  return r.start + r.block * r.copies;
}

/// The mean mass on the tokens `ahead` of the query's token in each earlier copy.
Tensor repeat_score(const char* what, const Tensor& maps, const Repeats& r, std::int64_t ahead) {
  if (const std::int64_t T = tokens_of(what, maps), length = length_of(what, r); T != length)
    fail(fmt::format("{}: maps {} are not of the {} tokens of {} copies of {} from {} on", what,
                     to_string(maps.shape()), length, r.copies, r.block, r.start));
  return mean_over_rows(what, maps, r.start + r.block, 0, [&](const auto* row, std::int64_t p) {
    double sum = 0;
    for (std::int64_t same = p - r.block; same >= r.start; same -= r.block)
      sum += static_cast<double>(row[same + ahead]);
    return sum;
  });
}

}  // namespace

Repeats repeated_blocks(std::int64_t vocab, std::int64_t block, std::int64_t copies, std::int64_t N,
                        std::uint64_t seed, std::int64_t bos) {
  return make_blocks("repeated_blocks", vocab, block, copies, N, seed, bos, false);
}

Repeats control_blocks(std::int64_t vocab, std::int64_t block, std::int64_t copies, std::int64_t N,
                       std::uint64_t seed, std::int64_t bos) {
  return make_blocks("control_blocks", vocab, block, copies, N, seed, bos, true);
}

Tensor induction_score(const Tensor& maps, const Repeats& repeats) {
  return repeat_score("induction_score", maps, repeats, 1);
}

Tensor duplicate_score(const Tensor& maps, const Repeats& repeats) {
  return repeat_score("duplicate_score", maps, repeats, 0);
}

double uniform_repeat_score(const Repeats& repeats) {
  const std::int64_t T = length_of("uniform_repeat_score", repeats), first = repeats.start + repeats.block;
  double sum = 0;
  for (std::int64_t p = first; p < T; ++p) {
    const std::int64_t before = (p - repeats.start) / repeats.block;
    sum += static_cast<double>(before) / static_cast<double>(p + 1);
  }
  return sum / static_cast<double>(T - first);
}

Tensor copying_gain(const Tensor& losses, const Repeats& repeats) {
  constexpr const char* what = "copying_gain";
  const std::int64_t T = length_of(what, repeats), block = repeats.block;
  if (!losses.defined() || losses.dim() < 1 || losses.size(-1) != T - 1)
    fail(fmt::format("{}: needs the losses [..., {}] of all but the first of {} tokens, not {}", what, T - 1,
                     T, losses.defined() ? to_string(losses.shape()) : "an undefined tensor"));
  const std::vector<double> all = losses.detach().to(Dtype::float64).to_vector<double>();
  Shape shape = losses.shape();
  shape.erase(shape.rank() - 1);
  const Tensor gain = empty(shape, Dtype::float64);
  for (std::int64_t i = 0; i < gain.numel(); ++i) {
    double first = 0, later = 0;
    for (std::int64_t copy = 0; copy < repeats.copies; ++copy)
      for (std::int64_t j = 1; j < block; ++j)  // predicted at the token before
        (copy == 0 ? first : later) +=
            all[static_cast<std::size_t>(i * (T - 1) + repeats.start + copy * block + j - 1)];
    const auto each = static_cast<double>(block - 1);
    gain.data<double>()[i] = first / each - later / (each * static_cast<double>(repeats.copies - 1));
  }
  return gain;
}

}  // namespace gradus::lab
