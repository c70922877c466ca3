#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/io/safetensors.h"
#include "gradus/io/stored.h"

namespace gradus::io {

inline constexpr std::uint64_t longest_safetensors_header = 100'000'000;  // bytes; the format's own limit

struct SafetensorsEntry {
  std::string name, dtype;
  std::vector<std::uint64_t> sizes;
  std::uint64_t begin = 0, end = 0;  // of its bytes, from the start of the data
  Stored stored = Stored::f32;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of their data
  Metadata metadata;
};

/// Parses and checks a header whose file has `data_bytes` bytes of data after it. Error (input) with the
/// reason.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes);

/// The name of a tensor type in the format; Stored::f32 -> "F32".
const char* safetensors_name(Stored type);

}  // namespace gradus::io
