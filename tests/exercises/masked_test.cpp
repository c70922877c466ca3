// Weights made with each mistake in the mask that we know, and what the judge says to them.
#include "exercises/common/masked.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "exercises/common/checks.h"
#include "gradus/base/random.h"
#include "gradus/tensor/creation.h"
#include "reference/expect.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

/// Every query has an allowed and a blocked key, the first blocks key 1 and the second allows key 0. [tq, tk]
Array random_mask(std::int64_t tq, std::int64_t tk) {
  Array mask({tq, tk});
  for (std::int64_t i = 0; i < tq; ++i) {
    const std::int64_t open = i < 2 ? 0 : randint(0, tk, {}).item<std::int64_t>();
    const std::int64_t shut = i < 1 ? 1 : (open + randint(1, tk, {}).item<std::int64_t>()) % tk;
    for (std::int64_t j = 0; j < tk; ++j)
      if (j == shut || (j != open && randint(0, 2, {}).item<std::int64_t>() == 1)) mask(i, j) = -INFINITY;
  }
  return mask;
}

/// softmax(score(b, i, j)), a row of -inf giving zeros, rounded as a learner's float32 is.
template <class Score> Array softmax_of(const Shape& shape, const Score& score) {
  Array a(shape);
  for (std::int64_t b = 0; b < shape[0]; ++b)
    for (std::int64_t i = 0; i < shape[1]; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < shape[2]; ++j) sum += std::exp(score(b, i, j));
      for (std::int64_t j = 0; j < shape[2]; ++j) a(b, i, j) = sum > 0 ? std::exp(score(b, i, j)) / sum : 0;
    }
  return Array(a.tensor());
}

/// The cause that the weights are told, and the words.
Failure said(const Array& weights, const Array& scores, const Array& mask) {
  try {
    expect_masked(weights, scores, mask);
  } catch (const Failure& f) { return f; }
  return {"none", ""};
}

struct Made {
  std::string name;
  Array weights;
};

/// Every mistake by its cause, at masks [Tq, Tk] and scores [B, Tq, Tk].
std::vector<Made> mistakes(const Array& s, const Array& mask) {
  const auto shut = [&](std::int64_t i, std::int64_t j) { return mask(i, j) < 0; };
  const auto made = [&](const auto& score) { return softmax_of(s.shape, score); };
  using I = std::int64_t;
  const Array open = made([&](I b, I i, I j) { return s(b, i, j); });
  std::vector<Made> all = {
      {"none", made([&](I b, I i, I j) { return s(b, i, j) + mask(i, j); })},
      {"none", made([&](I b, I i, I j) { return shut(i, j) ? -1e9 : s(b, i, j); })},
      {"mask-ignored", open},
      {"mask-times", made([&](I b, I i, I j) { return shut(i, j) ? 0 : s(b, i, j); })},
      {"mask-leaks", made([&](I b, I i, I j) { return s(b, i, j) - (shut(i, j) ? 10 : 0); })},
      {"mask-leaks", made([&](I b, I i, I j) { return shut(i, j) ? -9 : s(b, i, j); })},
      {"mask-inverted", made([&](I b, I i, I j) { return shut(i, j) ? s(b, i, j) : -INFINITY; })},
      {"mask-first-item", made([&](I b, I i, I j) { return s(b, i, j) + (b == 0 ? mask(i, j) : 0); })},
      {"mask-after-softmax", open},
      {"not-finite", Array(s.shape, NAN)},
      {"mask-not-added", open},
      {"unknown", Array(rand(s.shape))},
      {"rows-lose-mass", made([&](I b, I i, I j) { return s(b, i, j) + mask(i, j); })},
  };
  for (I b = 0; b < s.size(0); ++b)
    for (I i = 0; i < s.size(1); ++i)
      for (I j = 0; j < s.size(2); ++j) {
        if (shut(i, j)) all[8].weights(b, i, j) = 0;
        if (i > 0) all[10].weights(b, i, j) = NAN;
        all[12].weights(b, i, j) *= 0.9;
      }
  return all;
}

}  // namespace

TEST_CASE("weights of a masked softmax pass, and every mistake in the mask has its own cause") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const Shape& shape : {Shape{2, 4, 4}, Shape{3, 3, 5}, Shape{2, 6, 3}}) {
      manual_seed(seed);
      Array mask = random_mask(shape[1], shape[2]);
      for (std::int64_t j = 0; j < shape[2]; ++j) mask(std::int64_t{0}, j) = 0;  // a query that sees all keys
      const Array scores(randn(shape, Dtype::float64));
      for (const Made& made : mistakes(scores, mask)) {
        const Failure f = said(made.weights, scores, mask);
        INFO(f.message);
        CHECK(f.cause == made.name);
      }
    }
}

TEST_CASE("a causal mask that is mirrored is told so, and what it must block besides is not") {
  manual_seed(2);
  const std::int64_t T = 5;
  Array mask({T, T});
  for (std::int64_t i = 0; i < T; ++i)
    for (std::int64_t j = i + 1; j < T; ++j) mask(i, j) = -INFINITY;
  const Array scores(randn({2, T, T}, Dtype::float64));
  const auto under = [&](const auto& shut) {
    return softmax_of({2, T, T}, [&](std::int64_t b, std::int64_t i, std::int64_t j) {
      return shut(i, j) ? -INFINITY : scores(b, i, j);
    });
  };
  const Array mirrored = under([](std::int64_t i, std::int64_t j) { return j < i; });
  CHECK(said(mirrored, scores, mask).cause == "mask-transposed");
  // One key too many is blocked: the weights are a softmax, of other keys. Only an oracle of the values sees that.
  CHECK(said(under([](std::int64_t i, std::int64_t j) { return j > i || (i == 4 && j == 1); }), scores, mask)
            .cause == "none");
}

TEST_CASE("a mask that is not the causal one is told by its triangle") {
  for (std::int64_t n = 3; n <= 6; ++n) {
    const auto told = [n](const auto& shut) {
      const auto cause = explain_triangle(
          generate<2>({n, n}, [&](std::int64_t i, std::int64_t j) { return shut(j - i) ? -INFINITY : 0.0; }));
      return cause ? cause->name : "none";
    };
    CHECK(told([](std::int64_t ahead) { return ahead > 0; }) == "none");
    CHECK(told([](std::int64_t ahead) { return ahead >= 0; }) == "mask-strict");
    CHECK(told([](std::int64_t ahead) { return ahead < 0; }) == "mask-transposed");
    CHECK(told([](std::int64_t ahead) { return ahead <= 0; }) == "mask-inverted");
    CHECK(told([](std::int64_t) { return false; }) == "mask-empty");
    CHECK(told([](std::int64_t ahead) { return ahead != 0; }) == "mask-diagonal");
    CHECK(told([](std::int64_t ahead) { return ahead > 1; }) == "mask-off-by-one");
    CHECK(told([n](std::int64_t ahead) { return ahead > 1 - n; }) == "mask-off-by-one");
    CHECK(told([](std::int64_t ahead) { return ahead == 1; }) == "none");  // no triangle
    CHECK(told([](std::int64_t) { return true; }) == "none");
  }
  CHECK(has(explain_triangle(Array({3, 3}, {0, 0, -INFINITY, 0, 0, 0, 0, 0, 0}))->sentence,
            "1 too far to the right"));
  const double no = -INFINITY;
  CHECK(has(explain_triangle(Array({3, 3}, {no, no, no, no, no, no, 0, no, no}))->sentence,
            "2 too far to the left"));
}

TEST_CASE("the words name the first weight that must be 0, and the number that leaks") {
  manual_seed(3);
  const Array scores(randn({2, 3, 4}, Dtype::float64));
  Array mask({3, 4});
  mask(1, 2) = mask(2, 3) = -INFINITY;
  const std::vector<Made> all = mistakes(scores, mask);
  const std::string added = said(all[4].weights, scores, mask).message;
  CHECK(has(added, "Position 1 attends to position 2 with a weight of " + show(all[4].weights(0, 1, 2))));
  CHECK(has(added, "-10.00 were added to them, which leaks e^-10"));
  CHECK(has(said(all[5].weights, scores, mask).message, "-9.00 stood in their place, which leaks e^-9"));
  CHECK(has(said(all[8].weights, scores, mask).message, "The weights of position 1 sum to 0."));
}

TEST_CASE("a mask that blocks nothing asks for rows that sum to 1, and any NaN is one too many") {
  manual_seed(4);
  const Array scores(randn({2, 3, 3}, Dtype::float64)), nothing({3, 3});
  Array right = softmax_of({2, 3, 3}, [&](auto... at) { return scores(at...); });
  CHECK(said(right, scores, nothing).cause == "none");
  right(1, 2, 0) = NAN;
  CHECK(said(right, scores, nothing).cause == "not-finite");
  for (double& w : right.values) w = 0.6;
  CHECK(said(right, scores, nothing).cause == "softmax-not-normalised");
}
