#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/base/ref.h"

namespace gradus {

struct TokenStorage;
void retain(TokenStorage* s);
void release(TokenStorage* s);

/// A sequence of token ids, read-only: in memory at 2 or 4 bytes an id, or a mapped file that may be larger
/// than memory. Copies and slices share the ids.
class Tokens {
 public:
  Tokens() = default;
  explicit Tokens(const std::vector<std::int64_t>& ids);  ///< error for ids outside [0, 2^32)

  /// Maps a token file: nanoGPT's .bin (raw uint16, little-endian), or llm.c's (256 int32 of header, then
  /// uint16 in version 1 with magic 20240520, uint32 in version 7 with magic 20240801). Error (input) with
  /// the reason for anything else. The file must not change while it is mapped.
  static Tokens open(const std::string& path);
  void save(const std::string& path) const;  ///< as nanoGPT's .bin; error for ids of 65536 or more

  std::int64_t size() const { return size_; }
  std::int64_t operator[](std::int64_t i) const;  ///< 0 <= i < size(), unchecked
  /// The ids [begin, begin + count) to `out`; error when they reach outside.
  void copy(std::int64_t begin, std::int64_t count, std::int64_t* out) const;
  Tokens slice(std::int64_t begin, std::int64_t end) const;
  std::int64_t max() const;  ///< the largest id (looks at all of them), -1 of none

 private:
  Ref<TokenStorage> storage_;
  const char* data_ = nullptr;
  std::int64_t size_ = 0, width_ = 2;  // width_ bytes an id
};

}  // namespace gradus
