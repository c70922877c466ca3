#include "tools/lab/repeats.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "attend/planted.h"
#include "gradus/base/random.h"
#include "gradus/ops/reduce.h"

using namespace gradus;
using namespace gradus::lab;
using namespace planted;

namespace {

constexpr double tolerance = 1e-12;
using Ids = std::vector<std::int64_t>;

Ids item(const Repeats& r, std::int64_t i) { return r.ids[i].to_vector<std::int64_t>(); }

/// By the tokens themselves: of each token of the later copies, the weight on what stood `ahead` places after the earlier
/// ones of the same token.
Values naive(const Tensor& maps, const Ids& ids, const Repeats& r, std::size_t ahead) {
  return for_each(maps, [&](const auto& A, std::int64_t) {
    long double sum = 0, rows = 0;
    const auto first = static_cast<std::size_t>(r.start + r.block);
    for (std::size_t p = first; p < ids.size(); ++p, ++rows)
      for (std::size_t k = 0; k < p; ++k)
        if (ids[k] == ids[p]) sum += A(static_cast<std::int64_t>(p), static_cast<std::int64_t>(k + ahead));
    return std::vector<long double>{sum / rows};
  });
}

Repeats shape_of(std::int64_t start, std::int64_t block, std::int64_t copies) {
  return {{}, start, block, copies};
}

}  // namespace

TEST_CASE("a block of distinct tokens is repeated, after the first token where there is one") {
  for (const std::int64_t bos : {-1, 0, 5, 39})
    for (const std::int64_t block : {2, 7, 39})
      for (const std::int64_t copies : {2, 4}) {
        const Repeats r = repeated_blocks(40, block, copies, 6, 11, bos);
        const std::int64_t start = bos < 0 ? 0 : 1;
        CHECK(r.start == start);
        CHECK(r.block == block);
        CHECK(r.copies == copies);
        CHECK(r.ids.dtype() == Dtype::int64);
        REQUIRE(r.ids.shape() == Shape{6, start + block * copies});
        for (std::int64_t i = 0; i < 6; ++i) {
          const Ids ids = item(r, i);
          if (bos >= 0) CHECK(ids[0] == bos);
          const std::set<std::int64_t> tokens(ids.begin() + start, ids.begin() + start + block);
          CHECK(static_cast<std::int64_t>(tokens.size()) == block);
          CHECK(*tokens.begin() >= 0);
          CHECK(*tokens.rbegin() < 40);
          if (bos >= 0) CHECK(tokens.count(bos) == 0);
          for (std::int64_t p = start + block; p < start + block * copies; ++p)
            CHECK(ids[static_cast<std::size_t>(p)] == ids[static_cast<std::size_t>(p - block)]);
        }
      }
}

TEST_CASE("the control begins with the same block, and each further one is another draw of distinct tokens") {
  const Repeats r = repeated_blocks(50, 20, 3, 40, 7, 0), c = control_blocks(50, 20, 3, 40, 7, 0);
  CHECK(c.start == 1);
  CHECK(c.block == 20);
  CHECK(c.copies == 3);
  REQUIRE(c.ids.shape() == r.ids.shape());
  int same = 0, shared = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    const Ids a = item(r, i), b = item(c, i);
    CHECK(Ids(a.begin(), a.begin() + 21) == Ids(b.begin(), b.begin() + 21));
    for (std::size_t copy = 0; copy < 3; ++copy) {
      const auto begin = b.begin() + 1 + static_cast<std::ptrdiff_t>(copy * 20);
      const std::set<std::int64_t> tokens(begin, begin + 20);
      CHECK(tokens.size() == 20);
      CHECK(tokens.count(0) == 0);
    }
    for (std::size_t p = 21; p < b.size(); ++p) {
      same += b[p] == b[p - 20];
      shared += std::count(b.begin() + 1, b.begin() + 21, b[p]) > 0 && p < 41;
    }
  }
  // 1600 chances of 1 in 49 to repeat, 800 of 20 in 49 to be in the first block as well
  CHECK(std::abs(same - 33) <= 20);
  CHECK(std::abs(shared - 327) <= 50);
}

TEST_CASE("sequence i depends on the seed and on i, and every token is as likely in every place") {
  const Repeats few = repeated_blocks(30, 9, 2, 3, 5), many = repeated_blocks(30, 9, 2, 8, 5),
                longer = repeated_blocks(30, 9, 4, 3, 5), other = repeated_blocks(30, 9, 2, 3, 6);
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(item(few, i) == item(many, i));
    CHECK(item(few, i) != item(other, i));
    const Ids a = item(few, i), b = item(longer, i);
    CHECK(a == Ids(b.begin(), b.begin() + 18));
    for (std::int64_t j = 0; j < i; ++j) CHECK(item(few, i) != item(few, j));
  }
  CHECK(repeated_blocks(30, 9, 2, 0, 5).ids.shape() == Shape{0, 18});

  const std::int64_t N = 6000;
  for (const Repeats& r : {repeated_blocks(7, 6, 2, N, 1, 3), control_blocks(7, 6, 2, N, 1, 3)})
    for (const std::int64_t place : {1, 3, 6, 7, 12}) {
      std::vector<int> count(7);
      for (std::int64_t i = 0; i < N; ++i)
        ++count[static_cast<std::size_t>(r.ids[i][place].item<std::int64_t>())];
      CHECK(count[3] == 0);
      for (std::size_t token = 0; token < 7; ++token)
        if (token != 3) CHECK(std::abs(count[token] - 1000) <= 130);  // 4.5 standard deviations
    }
}

TEST_CASE("both scores of random maps are what the tokens say, for every head of a batch") {
  manual_seed(1);
  for (const std::int64_t bos : {-1, 4})
    for (const std::int64_t block : {2, 3, 6})
      for (const std::int64_t copies : {2, 3, 4})
        for (const Dtype dtype : {Dtype::float32, Dtype::float64}) {
          const Repeats r = repeated_blocks(20, block, copies, 2, 3, bos);
          const std::int64_t T = r.ids.size(1);
          const Tensor maps = random_maps({2, 3, T, T}, dtype);
          const Tensor induction = induction_score(maps, r), duplicate = duplicate_score(maps, r);
          REQUIRE(induction.shape() == Shape{2, 3});
          REQUIRE(duplicate.shape() == Shape{2, 3});
          for (std::int64_t i = 0; i < 2; ++i) {
            CHECK(distance(induction[i], naive(maps[i], item(r, i), r, 1)) <= tolerance);
            CHECK(distance(duplicate[i], naive(maps[i], item(r, i), r, 0)) <= tolerance);
          }
        }
}

TEST_CASE("an induction head scores 1, and the entry of its diagonal that is no target counts for nothing") {
  for (const std::int64_t start : {0, 1})
    for (const std::int64_t S : {2, 5, 17}) {
      const Repeats r = shape_of(start, S, 2);
      const std::int64_t T = start + 2 * S;
      const Tensor induction = looks_back(T, S - 1), duplicate = looks_back(T, S);
      CHECK(induction_score(induction, r).item() == 1);
      CHECK(duplicate_score(induction, r).item() == 0);
      CHECK(induction_score(duplicate, r).item() == 0);
      CHECK(duplicate_score(duplicate, r).item() == 1);
      CHECK(induction_score(looks_back(T, 0), r).item() == 0);
      // Without a token before it, the first token of a block is a sink that its copies find.
      CHECK(duplicate_score(looks_back(T, T), r).item() == (start == 0 ? 1 / static_cast<double>(S) : 0));
      CHECK(induction_score(looks_back(T, 1), r).item() ==
            (S == 2 ? 1 : 0));  // "ab ab": one back is what came next
      // S + 1 entries lie on the diagonal; row S - 1 of the first copy is one of them.
      const Tensor extra = looks_back(T, 0);
      at(extra, start + S - 1, start + S - 1) = 0;
      at(extra, start + S - 1, start) = 1;
      CHECK(induction_score(extra, r).item() == 0);
      // Each of the S rows is worth 1 / S.
      for (std::int64_t p = start + S; p < T; ++p) {
        const Tensor one = looks_back(T, 0);
        at(one, p, p) = 0;
        at(one, p, p - S + 1) = 1;
        CHECK(induction_score(one, r).item() == 1 / static_cast<double>(S));
      }
    }
}

TEST_CASE("with several copies the mass on all earlier ones counts, wherever a head finds its token") {
  const Repeats r = shape_of(1, 4, 3);
  const Tensor first = looks_at(13, [](std::int64_t p) { return p < 5 ? 0 : 1 + (p - 1) % 4 + 1; });
  CHECK(induction_score(first, r).item() == 1);              // in the first copy
  CHECK(induction_score(looks_back(13, 3), r).item() == 1);  // in the one before
  const Tensor shared = (first + looks_back(13, 3)) * 0.5;
  CHECK(induction_score(shared, r).item() == 1);
  CHECK(duplicate_score(shared, r).item() == 0);
  CHECK(induction_score(looks_back(13, 7), r).item() == 0.5);  // two copies back: the third copy alone can
}

TEST_CASE("a head at a fixed distance is an induction head for one length of block, and for no other") {
  for (const std::int64_t distance : {16, 24, 30}) {
    double least = 1;
    for (const std::int64_t S : {17, 25, 31}) {
      const double score = induction_score(looks_back(1 + 2 * S, distance), shape_of(1, S, 2)).item();
      CHECK(score == (S == distance + 1 ? 1 : 0));
      least = std::min(least, score);
    }
    CHECK(least == 0);
  }
}

TEST_CASE("an even spread scores the closed form, both ways") {
  CHECK(std::fabs(uniform_repeat_score(shape_of(0, 2, 2)) - 7.0 / 24) <= tolerance);    // (1/3 + 1/4) / 2
  CHECK(std::fabs(uniform_repeat_score(shape_of(1, 2, 2)) - 9.0 / 40) <= tolerance);    // (1/4 + 1/5) / 2
  CHECK(std::fabs(uniform_repeat_score(shape_of(0, 2, 3)) - 79.0 / 240) <= tolerance);  // and 2/5, 2/6
  for (const std::int64_t start : {0, 1})
    for (const std::int64_t block : {2, 5, 17})
      for (const std::int64_t copies : {2, 3, 5}) {
        const Repeats r = shape_of(start, block, copies);
        const Tensor even = spread_evenly(start + block * copies);
        CHECK(std::fabs(induction_score(even, r).item() - uniform_repeat_score(r)) <= tolerance);
        CHECK(std::fabs(duplicate_score(even, r).item() - uniform_repeat_score(r)) <= tolerance);
      }
}

TEST_CASE("copying gain: what later copies cost less, leaving out the tokens that nothing foretells") {
  // Copies of 3 after a first token, T = 10; the loss at t is of token t + 1, and 9 marks the first token of each copy.
  const Tensor losses =
      tensor({{9, 5, 4, 9, 1, 0.5, 9, 0.5, 0}, {0, 1, 1, 0, 2, 2, 0, 2, 2}}, Dtype::float64);
  CHECK(distance(copying_gain(losses, shape_of(1, 3, 3)), {4.0, -1.0}) <=
        tolerance);  // 4.5 - (0.75 + 0.25) / 2
  CHECK(std::fabs(copying_gain(losses[0], shape_of(1, 3, 3)).item() - 4) <= tolerance);
  // Without a first token the first loss is of the block's second token.
  CHECK(std::fabs(copying_gain(tensor({3, 1, 9, 0.5, 0.5}), shape_of(0, 3, 2)).item() - 1.5) <= tolerance);
  manual_seed(2);
  for (const std::int64_t start : {0, 1})
    for (const std::int64_t block : {2, 4})
      for (const std::int64_t copies : {2, 3}) {
        const std::int64_t T = start + block * copies;
        const Tensor random = rand({3, T - 1}, Dtype::float64);
        Values wanted;
        for (std::int64_t i = 0; i < 3; ++i) {
          double first = 0, later = 0;
          for (std::int64_t token = 1; token < T; ++token) {
            const std::int64_t place = token - start;
            if (place < 0 || place % block == 0) continue;
            (place < block ? first : later) += random[i][token - 1].item();
          }
          const auto each = static_cast<double>(block - 1);
          wanted.push_back(first / each - later / each / static_cast<double>(copies - 1));
        }
        const Tensor gain = copying_gain(random, shape_of(start, block, copies));
        CHECK(gain.shape() == Shape{3});
        CHECK(distance(gain, wanted) <= tolerance);
        CHECK(distance(copying_gain(random.to(Dtype::float32), shape_of(start, block, copies)), wanted) <=
              1e-6);
      }
  CHECK(std::isnan(copying_gain(tensor({3, not_a_number, 9, 0.5, 0.5}), shape_of(0, 3, 2)).item()));
  CHECK(std::isfinite(copying_gain(tensor({3, 1, not_a_number, 0.5, 0.5}), shape_of(0, 3, 2)).item()));
}

TEST_CASE(
    "NaN is met where a row looks for its target, views are read as they lie, and batches are their items") {
  manual_seed(3);
  const Repeats r = repeated_blocks(20, 4, 2, 3, 3, 0);
  const Tensor maps = random_maps({3, 2, 9, 9}), broken = maps[0][0].clone();
  const Tensor turned = induction_score(maps.transpose(0, 1), r);
  CHECK(values(turned.transpose(0, 1)) == values(induction_score(maps, r)));
  CHECK(induction_score(maps[1][1], r).item() == induction_score(maps, r)[1][1].item());
  at(broken, 6, 3) = not_a_number;  // row 6 is token 1 of copy 1; 2 is the same, 3 came next
  CHECK(std::isnan(induction_score(broken, r).item()));
  CHECK(std::isfinite(duplicate_score(broken, r).item()));
  CHECK(induction_score(empty({0, 9, 9}), r).shape() == Shape{0});
}

TEST_CASE("blocks that cannot be, and maps of other sequences, are refused in words") {
  CHECK(has(error_of([] { repeated_blocks(10, 1, 2, 1, 0); }), "blocks of at least 2 tokens"));
  CHECK(has(error_of([] { control_blocks(10, 3, 1, 1, 0); }), "control_blocks: "));
  CHECK(has(error_of([] { control_blocks(10, 3, 1, 1, 0); }), "in at least 2 copies"));
  CHECK(has(error_of([] { repeated_blocks(10, 3, 2, -1, 0); }), "N = -1"));
  CHECK(has(error_of([] { repeated_blocks(10, 11, 2, 1, 0); }), "a block of 11 different tokens"));
  CHECK(repeated_blocks(10, 10, 2, 1, 0).ids.size(1) == 20);
  CHECK(has(error_of([] { repeated_blocks(10, 10, 2, 1, 0, 9); }), "there are 9"));
  CHECK(has(error_of([] { repeated_blocks(10, 3, 2, 1, 0, 10); }), "bos is 10"));
  CHECK(has(error_of([] { repeated_blocks(10, 3, 2, 1, 0, -2); }), "bos is -2"));
  const Repeats r = shape_of(1, 4, 2);
  CHECK(has(error_of([&] {
              induction_score(zeros({2, 8, 8}), r);
            }),
            "maps [2, 8, 8] are not of the 9 tokens"));
  CHECK(has(error_of([&] { duplicate_score(zeros({9}), r); }), "duplicate_score: needs attention maps"));
  CHECK(has(error_of([&] { induction_score(zeros({2, 2}), shape_of(0, 1, 2)); }), "at least 2 tokens"));
  CHECK(has(error_of([] { uniform_repeat_score({}); }), "uniform_repeat_score: "));
  CHECK(has(error_of([&] { copying_gain(zeros({3, 9}), r); }), "copying_gain: needs the losses [..., 8]"));
  CHECK(has(error_of([&] { copying_gain(Tensor(), r); }), "undefined"));
}
