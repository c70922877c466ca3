#include "gradus/data/batches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/random.h"
#include "gradus/data/tales.h"
#include "gradus/data/tokenizer.h"

using namespace gradus;
using Ids = std::vector<std::int64_t>;

namespace {

Tokens counting(std::int64_t n) {
  Ids ids(static_cast<std::size_t>(n));
  std::iota(ids.begin(), ids.end(), 0);
  return Tokens(ids);
}

/// How often each token of the text is a target.
std::map<std::int64_t, int> targets(const std::vector<Window>& windows) {
  std::map<std::int64_t, int> count;
  for (const Window& w : windows)
    for (std::int64_t i = 1; i <= w.length; ++i) ++count[w.begin + i];
  return count;
}

}  // namespace

TEST_CASE("random windows are a pure function of seed and step, and reach every start") {
  const Tokens tokens = counting(20);
  const auto begins = [](const std::vector<Window>& windows) {
    Ids b;
    for (const Window& w : windows) b.push_back(w.begin);
    return b;
  };
  const auto a = random_windows(tokens, 8, 6, 42, 7), b = random_windows(tokens, 8, 6, 42, 7);
  CHECK(begins(a) == begins(b));
  CHECK(begins(a) != begins(random_windows(tokens, 8, 6, 42, 8)));
  CHECK(begins(a) != begins(random_windows(tokens, 8, 6, 43, 7)));
  // A larger batch begins with the smaller.
  const Ids more = begins(random_windows(tokens, 8, 10, 42, 7));
  CHECK(Ids(more.begin(), more.begin() + 6) == begins(a));

  std::map<std::int64_t, int> count;
  for (std::int64_t step = 0; step < 3000; ++step)
    for (const Window& w : random_windows(tokens, 8, 4, 1, step)) {
      ++count[w.begin];
      CHECK(w.length == 8);
    }
  CHECK(count.size() == 12);  // 0 ... 11: the last target is token 19
  CHECK(count.begin()->first == 0);
  CHECK(count.rbegin()->first == 11);
  for (const auto& [begin, times] : count) CHECK(std::abs(times - 1000) < 150);
}

TEST_CASE("windows over stories begin at stories") {
  const Tokens tokens = counting(30);
  const Ids starts{0, 7, 15, 22};
  std::set<std::int64_t> seen;
  for (std::int64_t step = 0; step < 100; ++step)
    for (const Window& w : random_windows(tokens, 8, 2, 1, step, starts)) seen.insert(w.begin);
  CHECK(seen == std::set<std::int64_t>{0, 7, 15});  // 22 + 8 would need token 30
}

TEST_CASE("a text shorter than a window is an error that says how long it must be") {
  CHECK(random_windows(counting(9), 8, 1, 0, 0).front().begin == 0);
  CHECK_THROWS_WITH_AS(random_windows(counting(8), 8, 1, 0, 0),
                       doctest::Contains("8 tokens, but a context of 8 needs 9"), Error);
  CHECK_THROWS_AS(random_windows(Tokens(), 8, 1, 0, 0), Error);
  CHECK_THROWS_AS(random_windows(counting(30), 8, 1, 0, 0, {25}), Error);
  CHECK_THROWS_AS(random_windows(counting(30), 0, 1, 0, 0), Error);
  CHECK_THROWS_AS(random_windows(counting(30), 1, 0, 0, 0), Error);
  CHECK_THROWS_AS(validation_windows(counting(30), 0), Error);
}

TEST_CASE("validation windows count every token but the first exactly once") {
  const Philox random{5};
  for (std::int64_t n = 0; n < 60; ++n)
    for (std::int64_t context : {1, 2, 7, 8, 64}) {
      Ids starts;  // none, or some at random places
      for (std::int64_t i = 0; n % 3 != 0 && i < n; ++i)
        if (random.uniform(static_cast<std::uint64_t>(n * 100 + i)) < 0.2) starts.push_back(i);
      const auto windows = validation_windows(counting(n), context, starts);
      const auto count = targets(windows);
      CHECK(static_cast<std::int64_t>(count.size()) == std::max<std::int64_t>(n - 1, 0));
      for (const auto& [token, times] : count) CHECK(times == 1);
      for (const Window& w : windows) {
        CHECK(w.length >= 1);
        CHECK(w.length <= context);
      }
    }
  CHECK(validation_windows(counting(17), 8).size() == 2);  // plain text: no window is cut short but the last
}

TEST_CASE("every target of a tale has its whole story before it") {
  const Tales tales = make_tales(8, 200);
  const Tokenizer t = Tokenizer::train(TokenKind::word, tales.text);
  const Tokens tokens(t.encode(tales.text));
  const Ids starts = positions_of(tokens, t.start());
  CHECK(starts.size() == 200);
  std::int64_t without = 0;
  for (const Window& w : validation_windows(tokens, 80, starts))
    for (std::int64_t i = 1; i <= w.length; ++i) {
      // The story that the token before the target belongs to.
      const auto story = std::upper_bound(starts.begin(), starts.end(), w.begin + i - 1) - 1;
      without += *story < w.begin;
    }
  CHECK(without == 0);
}

TEST_CASE("the split keeps the last tenth, between stories where there are any") {
  const Split plain = split(counting(1115394));
  CHECK(plain.train.size() == 1003854);
  CHECK(plain.validation.size() == 111540);
  CHECK(plain.validation[0] == 1003854);
  CHECK(split(counting(100), 0.1, {0, 40, 93}).train.size() == 93);
  CHECK(split(counting(100), 0.1, {0, 40, 80}).train.size() == 80);
  CHECK(split(counting(10), 0).validation.size() == 0);
  CHECK(split(Tokens()).train.size() == 0);
  CHECK_THROWS_AS(split(counting(10), 1.5), Error);
}

TEST_CASE("a batch holds inputs and the tokens after them, padded where a window is short") {
  const Batch batch = make_batch(counting(10), {{2, 3}, {8, 1}, {4, 0}}, 3);
  CHECK(batch.x.shape() == Shape{3, 3});
  CHECK(batch.x.to_vector<std::int64_t>() == Ids{2, 3, 4, 8, 0, 0, 0, 0, 0});
  CHECK(batch.y.to_vector<std::int64_t>() == Ids{3, 4, 5, 9, -100, -100, -100, -100, -100});
  CHECK(make_batch(counting(10), {}, 3).x.shape() == Shape{0, 3});
  CHECK_THROWS_AS(make_batch(counting(10), {{8, 2}}, 3), Error);
  CHECK_THROWS_AS(make_batch(counting(10), {{0, 4}}, 3), Error);
  CHECK_THROWS_AS(make_batch(counting(10), {{-1, 2}}, 3), Error);
}
