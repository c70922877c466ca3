#include "exercises/common/offset_task.h"

#include <algorithm>

#include "gradus/tensor/creation.h"

namespace gradus::exercises {

Examples offset_task(const TinyOptions& options, const std::vector<std::int64_t>& offsets,
                     std::int64_t batch) {
  const std::int64_t length = options.length, count = std::ssize(offsets);
  const Tensor ids = randint(0, options.vocab, {batch, length});
  const std::vector<std::int64_t> token = ids.to_vector<std::int64_t>();
  std::vector<std::int64_t> targets;
  targets.reserve(static_cast<std::size_t>(batch * length * count));
  for (std::int64_t b = 0; b < batch; ++b)
    for (std::int64_t i = 0; i < length; ++i) {
      const auto inside = [&](std::int64_t offset) { return i + offset >= 0 && i + offset < length; };
      const bool counts = std::all_of(offsets.begin(), offsets.end(), inside);
      for (const std::int64_t offset : offsets)
        targets.push_back(counts ? token[static_cast<std::size_t>(b * length + i + offset)] : -100);
    }
  return {ids, tensor(targets, {batch, length, count})};
}

}  // namespace gradus::exercises
