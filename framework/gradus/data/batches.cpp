#include "gradus/data/batches.h"

#include <fmt/core.h>

#include <algorithm>

#include "gradus/base/error.h"
#include "gradus/base/random.h"

namespace gradus {

std::vector<std::int64_t> positions_of(const Tokens& tokens, std::int64_t id) {
  std::vector<std::int64_t> positions;
  if (id < 0) return positions;
  for (std::int64_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] == id) positions.push_back(i);
  return positions;
}

Split split(const Tokens& tokens, double fraction, const std::vector<std::int64_t>& starts) {
  if (!(fraction >= 0 && fraction <= 1))
    fail(fmt::format("split: a fraction lies in [0, 1], not {}", fraction));
  auto cut = static_cast<std::int64_t>(static_cast<double>(tokens.size()) * (1 - fraction));
  const auto next = std::lower_bound(starts.begin(), starts.end(), cut);
  if (next != starts.end())
    cut = *next;
  else if (!starts.empty() && cut < tokens.size())
    cut = starts.back();
  return {tokens.slice(0, cut), tokens.slice(cut, tokens.size())};
}

std::vector<Window> random_windows(const Tokens& tokens, std::int64_t context, std::int64_t batch,
                                   std::uint64_t seed, std::int64_t step,
                                   const std::vector<std::int64_t>& starts) {
  if (context < 1 || batch < 1)
    fail(fmt::format("random_windows: context {} and batch {} must be at least 1", context, batch));
  const std::int64_t anywhere = std::max<std::int64_t>(tokens.size() - context, 0);
  const std::int64_t choices =
      starts.empty() ? anywhere : std::lower_bound(starts.begin(), starts.end(), anywhere) - starts.begin();
  if (choices == 0)
    fail(Kind::input,
         fmt::format("the training text is too short: {} tokens, but a context of {} needs {} in a row.\n"
                     "  Give a longer text or a smaller context (--context).",
                     tokens.size(), context, context + 1));
  const Philox random{seed, static_cast<std::uint64_t>(step)};
  std::vector<Window> windows;
  for (std::int64_t row = 0; row < batch; ++row) {
    const double u = random.uniform(static_cast<std::uint64_t>(row));
    const auto drawn = static_cast<std::int64_t>(u * static_cast<double>(choices));
    windows.push_back({starts.empty() ? drawn : starts[static_cast<std::size_t>(drawn)], context});
  }
  return windows;
}

std::vector<Window> validation_windows(const Tokens& tokens, std::int64_t context,
                                       const std::vector<std::int64_t>& starts) {
  if (context < 1) fail(fmt::format("validation_windows: the context must be at least 1, not {}", context));
  std::vector<Window> windows;
  const std::int64_t last = tokens.size() - 1;  // the last token is only a target
  auto start = starts.begin();
  for (std::int64_t begin = 0; begin < last;) {
    const std::int64_t reach = std::min(begin + context, last);
    std::int64_t end = reach;
    for (; start != starts.end() && *start <= reach; ++start)
      if (*start > begin) end = *start;
    if (reach == last) end = last;  // nothing follows that a later window could serve better
    windows.push_back({begin, end - begin});
    begin = end;
  }
  return windows;
}

Batch make_batch(const Tokens& tokens, const std::vector<Window>& windows, std::int64_t context) {
  const auto rows = static_cast<std::int64_t>(windows.size());
  const Batch batch{empty({rows, context}, Dtype::int64), empty({rows, context}, Dtype::int64)};
  std::int64_t* x = batch.x.data<std::int64_t>();
  std::int64_t* y = batch.y.data<std::int64_t>();
  for (const Window& w : windows) {
    if (w.length < 0 || w.length > context || w.begin < 0 || w.length >= tokens.size() - w.begin)
      fail(fmt::format(
          "make_batch: the window of {} tokens at {} does not fit a context of {} and a text of {}", w.length,
          w.begin, context, tokens.size()));
    tokens.copy(w.begin, w.length, x);
    tokens.copy(w.begin + 1, w.length, y);
    std::fill(x + w.length, x + context, 0);
    std::fill(y + w.length, y + context, no_target);
    x += context;
    y += context;
  }
  return batch;
}

}  // namespace gradus
