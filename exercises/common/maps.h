#pragma once
// What attention maps look like, in numbers, by plain loops in double: the judge's own, right or wrong in the ways
// that we know.
#include <optional>

#include "exercises/common/array.h"
#include "exercises/common/oracle.h"

namespace gradus::exercises {

/// How maps are read. The first value of each is the right one.
struct Reading {
  /// that_count: from row 2 on. from_one: row 1 too, where the token before is the first one. all: divided by T, although
  /// fewer rows have such a key. one_more: divided by one more than there are. summed: not divided.
  enum class Rows { that_count, from_one, all, one_more, summed };
  enum class Items { mean, first, last, sum, mean_of_maps };  ///< of the batch
  enum class Heads { each, averaged, mean_of_maps };  ///< mean_of_maps: for what is not linear in them

  Rows rows = Rows::that_count;
  Items items = Items::mean;
  Heads heads = Heads::each;
  bool transposed = false;   ///< the key's row, the query's column
  std::int64_t further = 0;  ///< of mean_weight: so many places further back than asked for

  bool operator==(const Reading&) const = default;
};

/// A weight that tells what a head does: of the token `back` places before the query, or of the first token.
struct Place {
  std::int64_t back;
  bool first = false;
};
inline constexpr Place previous_token{1}, current_token{0}, first_token{0, true};

/// The mean weight at that place, over the batch and the rows that count: from max(2, back) on.
///   maps [B, H, T, T] -> [H]
Array mean_weight(const Array& maps, Place place, const Reading& how = {});
/// The mean weight d places back, over the batch and the T - d rows that reach so far.
///   maps [B, H, T, T] -> [H, T]
Array offset_profile(const Array& maps, const Reading& how = {});
/// The mean over the batch and rows 2 ... T - 1 of -sum A ln A.   [H]
Array mean_entropy(const Array& maps, const Reading& how = {});

/// The Jensen-Shannon divergence of each two rows, in nats; rows are divided by their sums first.
///   [N, T] -> [N, N]
Array divergences(const Array& profiles);

/// The words for a reading that is not the right one.
Cause cause_of(const Reading& how);

/// All readings one step away from the right one.
std::vector<Reading> known_readings();

/// The wrong reading that gives `got`; none where several with other names do, or the right one. `read(how)` computes by a
/// reading.
template <class Read>
std::optional<Cause> explain_reading(const Array& got, const Read& read,
                                     const std::vector<Reading>& readings = known_readings()) {
  if (distance(got, read({})) <= tolerance) return {};
  std::optional<Cause> found;
  for (const Reading& how : readings)
    if (distance(got, read(how)) <= tolerance) {
      const Cause cause = cause_of(how);
      if (found && found->name != cause.name) return {};
      if (!found) found = cause;
    }
  return found;
}

/// The same for the mean weight at a place; it may be that of the place beside.
std::optional<Cause> explain_weight(const Array& got, const Array& maps, Place place);

}  // namespace gradus::exercises
