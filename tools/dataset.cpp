#include "dataset.h"

#include <fmt/format.h>

#include <filesystem>

#include "fingerprint.h"
#include "gradus/base/os.h"
#include "gradus/data/batches.h"
#include "gradus/data/tales.h"

namespace gradus::tools {
namespace {

// The corpus is the same for every run, whatever the run's seed, so that losses compare.
constexpr std::uint64_t tales_seed = 1;
constexpr std::int64_t tales_stories = 20000;

std::string read_text(const std::string& path) {
  std::string text = os::read_file(path);
  if (text.empty()) fail(Kind::input, path + ": the file is empty; there is nothing to learn from");
  return text;
}

std::vector<std::int64_t> encoded(const Tokenizer& tokenizer, const std::string& text,
                                  const std::string& name) {
  try {
    return tokenizer.encode(text);
  } catch (const Error& e) { fail(e.kind(), name + ": " + e.what()); }
}

}  // namespace

Dataset load_dataset(const Settings& s, const Tokenizer* known) {
  const bool tales = s.data.empty();
  const std::string text = tales ? make_tales(tales_seed, tales_stories).text : read_text(s.data);
  const Tokenizer tokenizer = known ? *known : Tokenizer::train(token_kind(s.tokenizer), text);
  const Tokens tokens(encoded(tokenizer, text, tales ? "tales" : s.data));
  const auto [train, validation] = split(tokens, 0.1, positions_of(tokens, tokenizer.start()));
  // A text that holds a window for training but next to none to validate on is too short as well.
  if (train.size() <= s.context || validation.size() < 2)
    fail(
        Kind::input,
        fmt::format(
            "{}: the text is too short: it has {} tokens, of which {} are for training and {} for "
            "validation,\n"
            "  but a context of {} needs {} in a row to train on. Give a longer text or a smaller --context.",
            tales ? "tales" : s.data, tokens.size(), train.size(), validation.size(), s.context,
            s.context + 1));
  Dataset d{.name = tales ? "tales" : std::filesystem::path(s.data).filename().string(),
            .fingerprint = fmt::format("{}-{:016x}", text.size(), fingerprint(text)),
            .tokenizer = tokenizer,
            .train = train,
            .validation = validation,
            .train_starts = positions_of(train, tokenizer.start()),
            .validation_starts = positions_of(validation, tokenizer.start()),
            .baselines = baselines(train, validation, tokenizer.vocab_size()),
            .floor = {}};
  if (tales && tokenizer.kind() == TokenKind::word) {
    std::vector<std::int64_t> ids(static_cast<std::size_t>(validation.size()));
    validation.copy(0, validation.size(), ids.data());
    d.floor = tales_cost(tokenizer.decode(ids)).floor();
  }
  return d;
}

}  // namespace gradus::tools
