// Which known mistake explains a result.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "relative.h"

namespace gradus::exercises::relative {
namespace {

using Row = Way::Row;
using Partner = Way::Partner;
using Scale = Way::Scale;
using Biases = Way::Biases;
using Values = Way::Values;
using Mask = Way::Mask;

constexpr std::array wrong_rows{Row::backwards, Row::key,      Row::one_more,
                                Row::one_less,  Row::constant, Row::query};

std::vector<Way> single_steps(bool biased) {
  std::vector<Way> all;
  const auto add = [&](auto change) { change(all.emplace_back()); };
  // First: where q = 0, what a bias lacks looks as if its whole term were missing.
  if (biased)
    for (const Biases b : {Biases::none, Biases::exchanged, Biases::no_u, Biases::no_w, Biases::only_u,
                           Biases::only_w, Biases::first_head, Biases::subtracted})
      add([b](Way& w) { w.biases = b; });
  for (const Scale s : {Scale::none, Scale::keys, Scale::missing}) add([s](Way& w) { w.content = s; });
  for (const Scale s : {Scale::none, Scale::keys, Scale::twice, Scale::missing, Scale::negative})
    add([s](Way& w) { w.position = s; });
  // Not Row::query, not Row::constant: a term that all keys of a query share is none to the softmax.
  for (const Row r : {Row::backwards, Row::key, Row::one_more, Row::one_less})
    add([r](Way& w) { w.row = r; });
  for (const Partner p : {Partner::key, Partner::key_of_query}) add([p](Way& w) { w.partner = p; });
  for (const Values v : {Values::by_key, Values::by_distance}) add([v](Way& w) { w.values = v; });
  add([](Way& w) { w.mask = Mask::none; });
  return all;
}

Cause of_row(Row row) {
  switch (row) {
    case Row::distance: break;
    case Row::backwards:
      return {
          "table-backwards",
          "the table is read from its end: row T - 1 for the position itself. Row d is for the distance d, "
          "so row 0 for the position itself"};
    case Row::key:
      return {"absolute",
              "r_j stands in the place of r_(i-j): it tells where the key stands, not how far away"};
    case Row::query:
      return {"absolute",
              "r_i stands in the place of r_(i-j): it tells where the query stands, not how far "
              "away the key is"};
    case Row::one_more: return {"row-off-by-one", "r_(i-j+1) stands in the place of r_(i-j)"};
    case Row::one_less: return {"row-off-by-one", "r_(i-j-1) stands in the place of r_(i-j)"};
    case Row::constant:
      return {"row-constant", "every key gets row 0, whatever its distance, which is i - j and not j - i"};
  }
  return {};
}

Cause of_biases(Biases biases) {
  switch (biases) {
    case Biases::own: break;
    case Biases::none: return {"biases-missing", "u and w have no effect"};
    case Biases::exchanged:
      return {"biases-exchanged", "u and w are exchanged: u meets the keys, w meets the rows of the table"};
    case Biases::no_u: return {"biases-missing", "u is missing: q + u meets the keys"};
    case Biases::no_w: return {"biases-missing", "w is missing: q + w meets the rows of the table"};
    case Biases::only_u: return {"biases-shared", "u is used in both terms: w belongs to the positions"};
    case Biases::only_w: return {"biases-shared", "w is used in both terms: u belongs to the content"};
    case Biases::first_head:
      return {"biases-of-one-head",
              "all heads use the biases of head 0: each head has its own row of u and w"};
    case Biases::subtracted: return {"biases-sign", "u and w are subtracted"};
  }
  return {};
}

const char* words(Scale scale) {
  switch (scale) {
    case Scale::root_keys: break;
    case Scale::none: return "is not divided by sqrt(d_k)";
    case Scale::keys: return "is divided by sqrt(d_k) twice";
    case Scale::twice: return "is added twice";
    case Scale::missing: return "is missing";
    case Scale::negative: return "is subtracted";
  }
  return "";
}

Cause describe(const Way& way) {
  std::vector<Cause> steps;
  if (way.content != Scale::root_keys)
    steps.push_back({way.content == Scale::missing ? "content-missing" : "scale",
                     fmt::format("the content term q_i . k_j {}", words(way.content))});
  if (way.position != Scale::root_keys)
    steps.push_back({way.position == Scale::missing                               ? "position-missing"
                     : way.position == Scale::none || way.position == Scale::keys ? "position-scale"
                                                                                  : "position-factor",
                     fmt::format("the position term q_i . r_(i-j) {}{}", words(way.position),
                                 way.position == Scale::none      ? ": the root divides the sum of both"
                                 : way.position == Scale::missing ? ", or the same for all keys of a query"
                                                                  : "")});
  if (way.row != Row::distance) steps.push_back(of_row(way.row));
  if (way.partner != Partner::query)
    steps.push_back({"position-meets-key", "r is multiplied with the key; it is the query that it meets"});
  if (way.biases != Biases::own) steps.push_back(of_biases(way.biases));
  if (way.values != Values::plain)
    steps.push_back({"values-moved",
                     "r is added to the values too: positions decide where to look, not what "
                     "is brought home"});
  if (way.mask == Mask::none)
    steps.push_back({"mask-ignored", "there is no mask: above the diagonal stand the scores of later keys"});
  Cause cause = steps.empty() ? Cause{} : steps[0];
  for (std::size_t n = 1; n < steps.size(); ++n) cause.sentence += "; and " + steps[n].sentence;
  return cause;
}

}  // namespace

std::vector<Way> known_ways(const Problem& p) {
  const bool biased = distance(p.u, Array(p.u.shape)) > 0 || distance(p.w, Array(p.w.shape)) > 0;
  const std::vector<Way> single = single_steps(biased);
  std::vector<Way> all = single;
  const Way right;
  for (const Way& a : single)
    for (const Way& b : single) {  // the scales of a, with what else b has
      // What u and w do to a content that is missing, nobody sees: such pairs would be others by another name.
      if (a.content == Scale::missing && b.biases != Biases::own) continue;
      Way both = b;
      if (a.content != right.content && b.content == right.content)
        both.content = a.content;
      else if (a.position != right.position && a.position != Scale::missing && b.content == right.content &&
               b.position == right.position)
        both.position = a.position;
      else
        continue;
      all.push_back(both);
    }
  return all;
}

std::optional<Cause> explain(const Array& got, const Problem& p) {
  if (distance(got, attention(p)) <= tolerance) return {};
  for (const Way& way : known_ways(p))
    if (distance(got, attention(p, way)) <= tolerance) return describe(way);
  return {};
}

std::optional<Cause> explain_position_scores(const Array& got, const Array& q, const Array& positions) {
  const double root = std::sqrt(static_cast<double>(q.size(2)));
  const Array mine = lower(got);
  const auto times = [](Array x, double by) {
    for (double& value : x.values) value *= by;
    return x;
  };
  const auto is = [&](const Array& x) { return distance(mine, x) <= tolerance; };
  const Array right = position_scores(q, positions);
  if (is(right)) return {};
  if (is(times(right, 1 / root)))
    return Cause{"scale", "they are divided by sqrt(d_k); this function does not divide"};
  if (is(times(right, -1))) return Cause{"sign", "their sign is turned around"};
  for (const Row row : wrong_rows)
    if (is(position_scores(q, positions, row))) return of_row(row);
  Array mirrored(got.shape);
  for (std::int64_t b = 0; b < got.size(0); ++b)
    for (std::int64_t i = 0; i < got.size(1); ++i)
      for (std::int64_t j = 0; j < got.size(2); ++j) mirrored(b, j, i) = got(b, i, j);
  if (distance(lower(mirrored), right) <= tolerance)
    return Cause{"transposed", "row and column are exchanged: row = query, column = key"};
  return {};
}

std::optional<Cause> explain_shift(const Array& got, const Array& x) {
  const std::int64_t t = x.size(1);
  /// Whether all elements that row(i, j), column(i, j) name in x are those of got.
  const auto is = [&](auto row, auto column) {
    std::int64_t compared = 0;
    for (std::int64_t b = 0; b < x.size(0); ++b)
      for (std::int64_t i = 0; i < t; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
          const std::int64_t r = row(i, j), c = column(i, j);
          if (r < 0 || r >= t || c < 0 || c >= t) continue;
          ++compared;
          if (!(std::abs(got(b, i, j) - x(b, r, c)) <= tolerance)) return false;
        }
    return 2 * compared >= x.size(0) * t;
  };
  const auto same = [](auto i, auto) { return i; };
  if (is(same, [](auto, auto j) { return j; }))
    return Cause{"not-shifted", "nothing moves: row i must move T - 1 - i places to the left"};
  if (is(same, [](auto i, auto j) { return i - j; }))
    return Cause{"shift-ascending",
                 "column c were for distance c; the last column is for distance 0, and the first for T - 1"};
  for (const std::int64_t rows : {0, -1, 1})
    for (const std::int64_t columns : {0, -1, 1})
      if (is([&](auto i, auto) { return i + rows; },
             [&](auto i, auto j) { return t - 1 - (i - j) + columns; }))
        return Cause{"shift-off-by-one",
                     fmt::format("(i, j) took x(i{}, T - 1 - (i - j){}): {}",
                                 rows == 0  ? ""
                                 : rows < 0 ? " - 1"
                                            : " + 1",
                                 columns == 0  ? ""
                                 : columns < 0 ? " - 1"
                                               : " + 1",
                                 rows == 0 ? "the extra column stands on the other side"
                                           : "another row of the reshaped matrix goes away")};
  return {};
}

}  // namespace gradus::exercises::relative
