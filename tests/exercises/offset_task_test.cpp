#include "exercises/common/offset_task.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "gradus/base/random.h"

using namespace gradus;
using namespace gradus::exercises;

namespace {

using Ids = std::vector<std::int64_t>;

Ids ids_of(const Tensor& x) { return x.to_vector<std::int64_t>(); }

}  // namespace

TEST_CASE("targets are the tokens at each offset, or none of them where one lies outside") {
  manual_seed(1);
  for (const Ids& offsets : {Ids{-1}, Ids{1}, Ids{0}, Ids{-1, -2}, Ids{2, -3, 0}, Ids{-6, 6}, Ids{-7}, Ids{}})
    for (const std::int64_t batch : {0, 1, 5}) {
      const std::int64_t length = 7, count = std::ssize(offsets);
      const Examples made = offset_task({.vocab = 5, .length = length}, offsets, batch);
      REQUIRE(made.ids.shape() == Shape{batch, length});
      REQUIRE(made.targets.shape() == Shape{batch, length, count});
      const Ids token = ids_of(made.ids), target = ids_of(made.targets);
      for (std::int64_t at = 0; at < batch * length; ++at) {
        const std::int64_t i = at % length;
        bool counts = true;
        for (const std::int64_t d : offsets) counts = counts && 0 <= i + d && i + d < length;
        for (std::int64_t n = 0; n < count; ++n) {
          const std::int64_t there = at + offsets[static_cast<std::size_t>(n)];
          CHECK(target[static_cast<std::size_t>(at * count + n)] ==
                (counts ? token[static_cast<std::size_t>(there)] : -100));
        }
      }
    }
}

TEST_CASE("tokens tell nothing of others: whoever knows one names its neighbours no better than by chance") {
  manual_seed(2);
  constexpr std::int64_t V = 5, L = 40, B = 1000;
  const Examples made = offset_task({.vocab = V, .length = L}, {1, 2}, B);
  const Ids token = ids_of(made.ids), target = ids_of(made.targets);
  std::vector<double> alone(V), pairs(2 * V * V);
  double n = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    REQUIRE(token[i] >= 0);
    REQUIRE(token[i] < V);
    ++alone[static_cast<std::size_t>(token[i])];
    if (target[2 * i] < 0) continue;
    ++n;
    for (std::int64_t k = 0; k < 2; ++k)
      ++pairs[static_cast<std::size_t>((k * V + token[i]) * V + target[2 * i + static_cast<std::size_t>(k)])];
  }
  CHECK(n == B * (L - 2));
  // Six standard deviations of a count.
  const auto even = [](double count, double of, double share) {
    return std::abs(count - of * share) <= 6 * std::sqrt(of * share * (1 - share));
  };
  for (const double count : alone) CHECK(even(count, B * L, 1.0 / V));
  for (const double count : pairs) CHECK(even(count, n, 1.0 / (V * V)));
}

TEST_CASE("the thread's seed gives the same examples again, a second call gives others") {
  const auto draw = [] { return ids_of(offset_task({}, {-1}, 8).ids); };
  manual_seed(3);
  const Ids first = draw(), second = draw();
  CHECK(first != second);
  manual_seed(3);
  CHECK(draw() == first);
}
