#include "claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {
namespace {

/// Rows that sum to 1, without a triangle, so that rows and columns cannot be confused.
Array random_map(Trial& t, std::int64_t size) { return softmax(Array(t.randn({size, size}))); }

double mass_of(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  const Unchanged input({map});
  const double mass = attention_mass(map, query, keys);
  input.expect();
  if (!std::isfinite(mass))
    fail_check("not-finite", fmt::format("attention_mass of {} keys is {}. The sum of no weights is 0.",
                                         keys.size(), mass));
  return mass;
}

struct Misreading {
  const char* cause;
  double value;
  const char* sentence;
};

std::vector<Misreading> misreadings(const Array& map, std::int64_t query,
                                    const std::vector<std::int64_t>& keys) {
  const std::int64_t size = map.size(0);
  const auto over = [&](auto weight) {
    double sum = 0;
    for (const std::int64_t key : keys) sum += weight(key);
    return sum;
  };
  const auto row = [&](std::int64_t i) {
    return over([&](std::int64_t j) { return map(std::clamp<std::int64_t>(i, 0, size - 1), j); });
  };
  const auto shifted = [&](std::int64_t by) {
    return over([&](std::int64_t j) { return map(query, std::clamp<std::int64_t>(j + by, 0, size - 1)); });
  };
  const double right = row(query), n = static_cast<double>(keys.size());
  double all = 0, largest = 0;
  for (std::int64_t i = 0; i < size; ++i) all += row(i);
  for (const std::int64_t key : keys) largest = std::max(largest, map(query, key));
  const auto [first, last] = std::minmax_element(keys.begin(), keys.end());
  double range = 0;
  for (std::int64_t j = *first; j <= *last; ++j) range += map(query, j);
  return {
      {"transposed", over([&](std::int64_t j) { return map(j, query); }),
       "you read a column. Row = query: a row says what its word looks at, and sums to 1; columns do not"},
      {"mean-not-sum", right / n,
       "you average over the keys. Mass is their sum: of all keys together it is 1"},
      {"all-queries", all / static_cast<double>(size),
       "you average over all queries. What the other words look at is another question"},
      {"all-queries", all, "you add up all queries. What the other words look at is another question"},
      {"row-off-by-one", row(query + 1), "you read the row after the query's. Rows are counted from 0 here"},
      {"row-off-by-one", row(query - 1), "you read the row before the query's. Rows are counted from 0 here"},
      {"word-off-by-one", shifted(1),
       "you add the weights of the words after the keys. Keys are counted from 0"},
      {"word-off-by-one", shifted(-1),
       "you add the weights of the words before the keys. Keys are counted from 0"},
      {"counted-from-1", over([&](std::int64_t j) {
         return map(std::max<std::int64_t>(query - 1, 0), std::max<std::int64_t>(j - 1, 0));
       }),
       "you count queries and keys from 1. Both are counted from 0 here: query 2 is row 2 of the map"},
      {"largest-only", largest, "you take the largest of the weights. Mass is their sum"},
      {"one-key", map(query, keys.front()), "only the first key counts"},
      {"one-key", map(query, keys.back()), "only the last key counts"},
      {"range", range, "all words between the first and the last key count. The keys are a set"},
      {"complement", 1 - right, "it is what the other words get"},
      {"itself-left-out", over([&](std::int64_t j) { return j == query ? 0 : map(query, j); }),
       "the query's weight on itself is left out. It is a key like any other"},
      {"later-left-out", over([&](std::int64_t j) { return j > query ? 0 : map(query, j); }),
       "keys after the query are left out. Not every map is causal, and in one that is they have no weight"}};
}

/// What was asked and what came.
struct Asked {
  Array map;
  std::int64_t query;
  std::vector<std::int64_t> keys;
  double got;
  double right() const {
    double sum = 0;
    for (const std::int64_t key : keys) sum += map(query, key);
    return sum;
  }
  bool is(double value) const { return std::abs(got - value) <= 1e-5; }
};

/// A cause is named only if it explains all cases.
void expect_masses(const std::vector<Asked>& cases) {
  const auto wrong =
      std::find_if(cases.begin(), cases.end(), [](const Asked& c) { return !c.is(c.right()); });
  if (wrong == cases.end()) return;
  std::vector<std::vector<Misreading>> all;
  for (const Asked& c : cases)
    if (!c.keys.empty()) all.push_back(misreadings(c.map, c.query, c.keys));
  for (std::size_t m = 0; m < all[0].size(); ++m) {
    bool fits = true;
    for (std::size_t i = 0; i < all.size(); ++i) fits = fits && cases[i].is(all[i][m].value);
    if (fits)
      fail_check(all[0][m].cause,
                 fmt::format("Your attention_mass behaves as if {}.\n[consistent in {} cases]",
                             all[0][m].sentence, all.size()));
  }
  fail_unexplained(
      fmt::format("attention_mass of query {} to the keys {{{}}} is {}, expected {}. The row: {:.4f}.",
                  wrong->query, fmt::join(wrong->keys, ", "), show(wrong->got), show(wrong->right()),
                  fmt::join(wrong->map.row(wrong->query), " ")));
}

}  // namespace

void mass(Trial& t) {
  std::vector<Asked> cases;
  const auto ask = [&](const Array& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
    cases.push_back({map, query, keys, mass_of(map.tensor(), query, keys)});
  };
  // Two or three keys out of order, with a gap between them, and none at the edge, so that their neighbours are words.
  for (int round = 0; round < 20; ++round) {
    const std::int64_t size = t.randint(8, 12), a = t.randint(1, 3), b = a + 2 + t.randint(0, 2);
    ask(random_map(t, size), t.randint(1, size - 1),
        round % 2 == 0 ? std::vector{b, a} : std::vector{b + 1, a, b});
  }
  expect_masses(cases);
  cases.clear();
  const Array map = random_map(t, 5);
  ask(map, 3, {4, 0, 1, 2, 3});
  ask(map, 0, {2});
  ask(map, 4, {});
  expect_masses(cases);
}

void views(Trial& t) {  // the same numbers, laid out differently
  const std::int64_t size = 7, query = t.randint(1, size - 1);
  const Array map = random_map(t, size);
  Array turned(map.shape);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) turned(i, j) = map(j, i);
  const std::vector<std::int64_t> keys = {4, 1, 2};
  const double got = mass_of(turned.tensor().transpose(0, 1), query, keys);
  double misread = 0;
  for (const std::int64_t key : keys) misread += turned(query, key);
  if (std::abs(got - misread) <= 1e-5)
    fail_check(
        "memory-order",
        "Your attention_mass reads the memory of the map in order. A map may be a view, with strides of its "
        "own: Elements, or map[query][key], find the right place.");
  expect_masses({{map, query, keys, got}});
}

}  // namespace gradus::exercises
