#include "exercises/common/out_of_range.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace gradus::exercises {
namespace {

/// The number in the first "(which is 16)" from `at` on, which moves behind it.
std::optional<std::uint64_t> number_in(const std::string& text, std::size_t& at) {
  const std::string before = "(which is ";
  at = text.find(before, at);
  if (at == std::string::npos) return {};
  std::uint64_t number = 0;
  const auto [stop, error] =
      std::from_chars(text.data() + at + before.size(), text.data() + text.size(), number);
  at = static_cast<std::size_t>(stop - text.data());
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

// libstdc++: "vector::_M_range_check: __n (which is 18446744073709551615) >= this->size() (which is 16)"
std::string out_of_range(const std::string& what) {
  const bool vector = what.starts_with("vector::_M_range_check: ");
  if (!vector && !what.starts_with("array::at: ")) return what;
  std::size_t at = 0;
  const auto asked = number_in(what, at);
  const auto size = asked ? number_in(what, at) : std::nullopt;
  if (!size) return what;
  const auto index = static_cast<std::int64_t>(*asked);
  return fmt::format("index {} of {} of {}{}{}", index, vector ? "a vector" : "an array", *size,
                     *size > 0 ? fmt::format(" is outside 0 ... {}", *size - 1) : "",
                     index < 0 ? ": was something subtracted from an unsigned or zero index?" : "");
}

}  // namespace gradus::exercises
