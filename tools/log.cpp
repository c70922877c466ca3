#include "log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus::tools {

std::string to_json(const StepLog& l) {
  const std::string val = l.val_loss ? fmt::format("\"val_loss\": {}, ", *l.val_loss) : "";
  return fmt::format(
      "{{\"step\": {}, \"loss\": {}, {}\"learning_rate\": {}, \"grad_norm\": {}, \"tokens_per_second\": "
      "{:.0f}, "
      "\"elapsed_seconds\": {:.3f}}}\n",
      l.step, l.loss, val, l.learning_rate, l.grad_norm, l.tokens_per_second, l.elapsed_seconds);
}

JsonLog::JsonLog(std::string path, bool append)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), append ? "ab" : "wb")) {
  if (!file_) fail(Kind::resources, fmt::format("{}: cannot create: {}", path_, std::strerror(errno)));
}

JsonLog::~JsonLog() { std::fclose(file_); }

void JsonLog::write(const StepLog& line) {
  const std::string text = to_json(line);
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0)
    fail(Kind::resources, fmt::format("{}: cannot write: {}", path_, std::strerror(errno)));
}

std::vector<StepLog> read_log(const std::string& path, std::int64_t last_step) {
  std::vector<StepLog> lines;
  std::istringstream in(os::read_file(path));
  for (std::string text; std::getline(in, text);) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    const auto number = [&](const char* key) {
      return json.contains(key) && json[key].is_number() ? json[key].get<double>() : 0;
    };
    if (!json.is_object() || number("step") < 1 || number("step") > static_cast<double>(last_step)) continue;
    StepLog l{.step = static_cast<std::int64_t>(number("step")),
              .loss = static_cast<float>(number("loss")),
              .val_loss = {},
              .learning_rate = number("learning_rate"),
              .grad_norm = number("grad_norm"),
              .tokens_per_second = number("tokens_per_second"),
              .elapsed_seconds = number("elapsed_seconds")};
    if (json.contains("val_loss")) l.val_loss = number("val_loss");
    lines.push_back(l);
  }
  return lines;
}

}  // namespace gradus::tools
