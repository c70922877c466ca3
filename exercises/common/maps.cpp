#include "exercises/common/maps.h"

#include <algorithm>
#include <cmath>

namespace gradus::exercises {
namespace {

/// The maps as a reading sees them: transposed, some items of the batch, heads averaged.
Array seen(const Array& maps, const Reading& how) {
  const std::int64_t B = maps.size(0), H = maps.size(1), T = maps.size(2);
  const bool every = how.items == Reading::Items::mean || how.items == Reading::Items::sum;
  const bool mean = how.items == Reading::Items::mean_of_maps;
  const std::int64_t start = how.items == Reading::Items::last ? B - 1 : 0;
  Array result({every ? B : 1, H, T, T});
  for (std::int64_t b = 0; b < result.size(0); ++b)
    for (std::int64_t h = 0; h < H; ++h)
      for (std::int64_t i = 0; i < T; ++i)
        for (std::int64_t j = 0; j < T; ++j) {
          const auto at = [&](std::int64_t head) {
            double sum = 0;
            for (std::int64_t item = mean ? 0 : start + b; item < (mean ? B : start + b + 1); ++item)
              sum += how.transposed ? maps(item, head, j, i) : maps(item, head, i, j);
            return mean ? sum / static_cast<double>(B) : sum;
          };
          double weight = 0;
          if (how.heads == Reading::Heads::mean_of_maps)
            for (std::int64_t g = 0; g < H; ++g) weight += at(g) / static_cast<double>(H);
          else
            weight = at(h);
          result(b, h, i, j) = weight;
        }
  return result;
}

/// value(b, h) over the batch and, where a reading says so, over the heads.   [H]
template <class Value> Array collected(const Array& maps, const Reading& how, const Value& value) {
  const std::int64_t B = maps.size(0), H = maps.size(1);  // of what is seen
  Array result({H});
  for (std::int64_t h = 0; h < H; ++h) {
    for (std::int64_t b = 0; b < B; ++b) result(h) += value(b, h);
    if (how.items != Reading::Items::sum) result(h) /= static_cast<double>(B);
  }
  if (how.heads == Reading::Heads::averaged) {
    double sum = 0;
    for (const double x : result.values) sum += x;
    std::fill(result.values.begin(), result.values.end(), sum / static_cast<double>(H));
  }
  return result;
}

std::int64_t first_row(const Reading& how) {
  return how.rows == Reading::Rows::all ? 0 : how.rows == Reading::Rows::from_one ? 1 : 2;
}

/// What the sum over so many of T rows is divided by.
double divisor(const Reading& how, std::int64_t T, std::int64_t rows) {
  switch (how.rows) {
    case Reading::Rows::all: return static_cast<double>(T);
    case Reading::Rows::one_more: return static_cast<double>(rows + 1);
    case Reading::Rows::summed: return 1;
    default: return static_cast<double>(rows);
  }
}

}  // namespace

Array mean_weight(const Array& maps, Place place, const Reading& how) {
  const Array a = seen(maps, how);
  const std::int64_t T = a.size(2);
  const std::int64_t back = place.back + how.further;
  const std::int64_t begin = std::max(first_row(how), place.back);
  return collected(a, how, [&](std::int64_t b, std::int64_t h) {
    double sum = 0;
    for (std::int64_t i = begin; i < T; ++i) sum += a(b, h, i, place.first ? 0 : i - back);
    return sum / divisor(how, T, T - begin);
  });
}

Array offset_profile(const Array& maps, const Reading& how) {
  const Array a = seen(maps, how);
  const std::int64_t H = a.size(1), T = a.size(2);
  Array profile({H, T});
  for (std::int64_t d = 0; d < T; ++d) {
    const Array column = collected(a, how, [&](std::int64_t b, std::int64_t h) {
      double sum = 0;
      for (std::int64_t i = d; i < T; ++i) sum += a(b, h, i, i - d);
      return sum / divisor(how, T, T - d);
    });
    for (std::int64_t h = 0; h < H; ++h) profile(h, d) = column(h);
  }
  return profile;
}

Array mean_entropy(const Array& maps, const Reading& how) {
  const Array a = seen(maps, how);
  const std::int64_t T = a.size(2), begin = first_row(how);
  return collected(a, how, [&](std::int64_t b, std::int64_t h) {
    double sum = 0;
    for (std::int64_t i = begin; i < T; ++i)
      for (std::int64_t j = 0; j < T; ++j) {
        const double w = a(b, h, i, j);
        if (w > 0) sum -= w * std::log(w);
      }
    return sum / divisor(how, T, T - begin);
  });
}

Array divergences(const Array& profiles) {
  const std::int64_t N = profiles.size(0), T = profiles.size(1);
  const auto share = [&](std::int64_t row, std::int64_t d) {
    double sum = 0;
    for (std::int64_t j = 0; j < T; ++j) sum += profiles(row, j);
    return profiles(row, d) / sum;
  };
  Array result({N, N});
  for (std::int64_t a = 0; a < N; ++a)
    for (std::int64_t b = 0; b < N; ++b)
      for (std::int64_t d = 0; d < T; ++d) {
        const double p = share(a, d), q = share(b, d), m = (p + q) / 2;
        if (p > 0) result(a, b) += p * std::log(p / m) / 2;
        if (q > 0) result(a, b) += q * std::log(q / m) / 2;
      }
  return result;
}

Cause cause_of(const Reading& how) {
  if (how.transposed)
    return {"transposed",
            "rows and columns were exchanged: row = query, column = key, so that query i looks "
            "d back at A[i, i - d]"};
  if (how.rows == Reading::Rows::all)
    return {"rows-counted",
            "all T rows were counted, also those that see too little: row 0 has no previous "
            "token, and row i nothing further back than i"};
  if (how.rows == Reading::Rows::from_one)
    return {"first-rows",
            "row 1 counted too: there the token before is the first token, and nothing tells the two apart"};
  if (how.rows == Reading::Rows::one_more)
    return {"rows-counted", "the sum over the rows that count was divided by one more than there are"};
  if (how.rows == Reading::Rows::summed)
    return {"rows-summed", "the rows were summed; divide by their number, too"};
  if (how.further == -1)
    return {"reads-diagonal", "you read the diagonal, A[i, i]; the token before is at A[i, i - 1]"};
  if (how.further == 1)
    return {"two-back", "you read two back, A[i, i - 2]; the token before is at A[i, i - 1]"};
  if (how.items == Reading::Items::first)
    return {"batch-ignored", "only the first sequence of the batch was read"};
  if (how.items == Reading::Items::last)
    return {"batch-ignored", "only the last sequence of the batch was read"};
  if (how.items == Reading::Items::sum)
    return {"batch-summed", "the sequences of the batch were summed; take their mean"};
  if (how.items == Reading::Items::mean_of_maps)
    return {"maps-averaged",
            "the sequences' maps were averaged first: the mean of many sharp maps is a blurred "
            "one. Measure each map, then average"};
  return {"heads-averaged", "the heads were averaged first: what one of them does is lost in the mean"};
}

std::vector<Reading> known_readings() {
  std::vector<Reading> all(11);
  all[0].transposed = true;
  all[1].rows = Reading::Rows::all;
  all[2].items = Reading::Items::first;
  all[3].items = Reading::Items::last;
  all[4].items = Reading::Items::sum;
  all[5].heads = Reading::Heads::averaged;
  all[6].heads = Reading::Heads::mean_of_maps;
  all[7].items = Reading::Items::mean_of_maps;
  all[8].rows = Reading::Rows::from_one;
  all[9].rows = Reading::Rows::one_more;
  all[10].rows = Reading::Rows::summed;
  return all;
}

std::optional<Cause> explain_weight(const Array& got, const Array& maps, Place place) {
  std::vector<Reading> readings = known_readings();
  for (const std::int64_t further : {-1, 1}) readings.emplace_back().further = further;
  return explain_reading(
      got, [&](const Reading& how) { return mean_weight(maps, place, how); }, readings);
}

}  // namespace gradus::exercises
