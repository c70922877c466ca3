#include "gradus/data/tokens.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "gradus/base/error.h"
#include "gradus/base/os.h"

namespace gradus {

static_assert(std::endian::native == std::endian::little, "token files are read as they lie in memory");

/// The bytes behind one or more Tokens: owned or mapped.
struct TokenStorage {
  std::string owned;
  os::MappedFile mapped;
  std::atomic<int> refs = 0;
};

void retain(TokenStorage* s) { s->refs.fetch_add(1, std::memory_order_relaxed); }
void release(TokenStorage* s) {
  if (s->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete s;
}

namespace {

template <class T> T load(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

constexpr std::int64_t header_bytes = 256 * 4;

}  // namespace

Tokens::Tokens(const std::vector<std::int64_t>& ids) : storage_(new TokenStorage) {
  std::int64_t largest = 0;
  for (std::int64_t id : ids) {
    if (id < 0 || id > 0xFFFFFFFF) fail(fmt::format("a token id must lie in [0, 2^32), {} does not", id));
    largest = std::max(largest, id);
  }
  size_ = static_cast<std::int64_t>(ids.size());
  width_ = largest < 65536 ? 2 : 4;
  storage_->owned.resize(ids.size() * static_cast<std::size_t>(width_));
  char* out = storage_->owned.data();
  for (std::int64_t id : ids) {  // the low bytes come first
    std::memcpy(out, &id, static_cast<std::size_t>(width_));
    out += width_;
  }
  data_ = storage_->owned.data();
}

Tokens Tokens::open(const std::string& path) {
  Tokens tokens;
  tokens.storage_ = Ref<TokenStorage>(new TokenStorage);
  os::MappedFile& file = tokens.storage_->mapped = os::MappedFile(path);
  const auto bytes = static_cast<std::int64_t>(file.size());
  if (bytes == 0) fail(Kind::input, path + ": the file is empty, no tokens in it");

  tokens.data_ = file.data();
  std::int64_t body = bytes;
  const std::int32_t magic = bytes >= header_bytes ? load<std::int32_t>(file.data()) : 0;
  const std::int32_t version = bytes >= header_bytes ? load<std::int32_t>(file.data() + 4) : 0;
  if ((magic == 20240520 && version == 1) || (magic == 20240801 && version == 7)) {
    tokens.width_ = version == 1 ? 2 : 4;
    tokens.data_ += header_bytes;
    body -= header_bytes;
    const std::int64_t promised = load<std::int32_t>(file.data() + 8);
    if (promised < 0 || promised * tokens.width_ != body)
      fail(Kind::input, fmt::format("{}: the header promises {} tokens of {} bytes, but {} bytes follow it.\n"
                                    "  The file is damaged or was not copied to its end.",
                                    path, promised, tokens.width_, body));
  }
  if (body % tokens.width_ != 0)
    fail(Kind::input,
         fmt::format("{}: {} bytes are no whole number of 2-byte tokens.\n  A token file is raw uint16 or "
                     "begins with llm.c's header; to train on text give a text file.",
                     path, bytes));
  tokens.size_ = body / tokens.width_;
  if (tokens.size_ == 0) fail(Kind::input, path + ": the header is followed by no tokens");
  return tokens;
}

void Tokens::save(const std::string& path) const {
  if (max() > 65535)
    fail(fmt::format("{}: token id {} does not fit the 16 bits of a .bin file", path, max()));
  os::OutputFile file(path);
  std::string block;
  for (std::int64_t i = 0; i < size_; ++i) {
    const std::int64_t id = (*this)[i];
    block.push_back(static_cast<char>(id & 0xFF));
    block.push_back(static_cast<char>(id >> 8));
    if (block.size() < 65536 && i + 1 < size_) continue;
    file.write(block.data(), block.size());
    block.clear();
  }
  file.commit();
}

std::int64_t Tokens::operator[](std::int64_t i) const {
  const char* p = data_ + i * width_;
  return width_ == 2 ? std::int64_t{load<std::uint16_t>(p)} : std::int64_t{load<std::uint32_t>(p)};
}

void Tokens::copy(std::int64_t begin, std::int64_t count, std::int64_t* out) const {
  if (begin < 0 || count < 0 || count > size_ - begin)
    fail(fmt::format("tokens [{}, {} + {}) reach outside a sequence of {}", begin, begin, count, size_));
  for (std::int64_t i = 0; i < count; ++i) out[i] = (*this)[begin + i];
}

Tokens Tokens::slice(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || end < begin || end > size_)
    fail(fmt::format("slice [{}, {}) does not lie inside a sequence of {} tokens", begin, end, size_));
  Tokens part = *this;
  if (begin > 0) part.data_ += begin * width_;
  part.size_ = end - begin;
  return part;
}

std::int64_t Tokens::max() const {
  std::int64_t largest = -1;
  for (std::int64_t i = 0; i < size_; ++i) largest = std::max(largest, (*this)[i]);
  return largest;
}

}  // namespace gradus
