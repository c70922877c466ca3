#pragma once
#include <cstdint>
#include <string_view>

namespace gradus::tools {

/// FNV-1a: to notice that a text is another one, not to keep anyone from forging it.
inline std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

}  // namespace gradus::tools
