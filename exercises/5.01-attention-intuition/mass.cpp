#include "claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exercise.h"

namespace gradus::exercises {
namespace {

/// Rows that sum to 1, without a triangle, so that rows and columns cannot be confused.
Array random_map(Trial& t, std::int64_t size) {
  Array map(t.randn({size, size}));
  for (std::int64_t i = 0; i < size; ++i) {
    double total = 0;
    for (std::int64_t j = 0; j < size; ++j) total += map(i, j) = std::exp(map(i, j));
    for (std::int64_t j = 0; j < size; ++j) map(i, j) /= total;
  }
  return map;
}

double mass_of(const Tensor& map, std::int64_t query, const std::vector<std::int64_t>& keys) {
  const Unchanged input({map});
  const double mass = attention_mass(map, query, keys);
  input.expect();
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
  // Element (i, j) of the memory that a transposed map lies in is element (j, i) of the map.
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
      {"largest-only", largest, "you take the largest of the weights. Mass is their sum"},
      {"one-key", map(query, keys.front()), "only the first key counts"},
      {"one-key", map(query, keys.back()), "only the last key counts"},
      {"range", range, "all words between the first and the last key count. The keys are a set"},
      {"complement", 1 - right, "it is what the other words get"}};
}

void expect_mass(const Array& map, const Tensor& as_tensor, std::int64_t query,
                 const std::vector<std::int64_t>& keys) {
  const double got = mass_of(as_tensor, query, keys);
  double right = 0;
  for (const std::int64_t key : keys) right += map(query, key);
  if (std::abs(got - right) <= 1e-5) return;
  if (!std::isfinite(got))
    fail_check("not-finite",
               fmt::format("attention_mass of {} keys is {}: the sum of no weights is 0.", keys.size(), got));
  if (!keys.empty())
    for (const Misreading& m : misreadings(map, query, keys))
      if (std::abs(got - m.value) <= 1e-5)
        fail_check(m.cause, fmt::format("Your attention_mass behaves as if {}.", m.sentence));
  fail_check("unknown", fmt::format("attention_mass of query {} to {} keys is {}, expected {}.\n"
                                    "No mistake that we know explains it.",
                                    query, keys.size(), show(got), show(right)));
}

/// Three keys or so out of order, in the middle: none of their neighbours is outside, and not all of them are keys.
}  // namespace

void mass(Trial& t) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t size = t.randint(8, 12), query = t.randint(1, size - 1);
    const Array map = random_map(t, size);
    const std::int64_t a = t.randint(1, 3), b = a + 2 + t.randint(0, 2), c = b + 1;
    expect_mass(map, map.tensor(), query, round % 2 == 0 ? std::vector{b, a} : std::vector{c, a, b});
  }
  const Array map = random_map(t, 5);
  expect_mass(map, map.tensor(), 3, {4, 0, 1, 2, 3});
  expect_mass(map, map.tensor(), 0, {2});
  expect_mass(map, map.tensor(), 4, {});
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
        "Your attention_mass reads the memory of the map in order. A map may be a view, with strides of its\n"
        "own: Elements, or map[query][key], find the right place.");
  expect_mass(map, turned.tensor().transpose(0, 1), query, keys);
}

}  // namespace gradus::exercises
