#include "gradus/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "gradus/base/error.h"
#include "gradus/base/os.h"
#include "gradus/data/utf8.h"
#include "gradus/io/safetensors_header.h"
#include "gradus/io/stored.h"

namespace gradus {
namespace io {

/// An open file and what its header says. The descriptor stays open: a file replaced meanwhile is not mixed
/// with this one.
struct SafetensorsFile {
  explicit SafetensorsFile(const std::string& path) : file(path) {}
  os::InputFile file;
  std::uint64_t data_begin = 0;
  std::vector<Safetensors::Entry> entries;
  std::vector<SafetensorsEntry> stored;  // by the index of entries
  std::map<std::string, std::size_t, std::less<>> index;
  Metadata metadata;
  std::atomic<int> refs = 0;

  std::size_t find(std::string_view name) const {
    const auto at = index.find(name);
    if (at == index.end()) fail(Kind::input, fmt::format("{}: there is no tensor \"{}\"", file.path(), name));
    return at->second;
  }
};

void retain(SafetensorsFile* f) { f->refs.fetch_add(1, std::memory_order_relaxed); }
void release(SafetensorsFile* f) {
  if (f->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete f;
}

namespace {

/// Runs f; an error it throws gets the file's name in front.
template <class F> auto naming(const std::string& path, const F& f) {
  try {
    return f();
  } catch (const Error& e) { fail(e.kind(), path + ": " + e.what()); }
}

SafetensorsHeader read_header(const os::InputFile& file, std::uint64_t* data_begin) {
  std::uint64_t length = 0;
  if (file.size() < sizeof length)
    fail(Kind::input, fmt::format("{} bytes are too short for a safetensors file", file.size()));
  file.read(0, &length, sizeof length);
  const std::uint64_t rest = file.size() - sizeof length;
  if (length > longest_safetensors_header)
    fail(Kind::input,
         fmt::format("the header would be {} bytes long, more than 100 MB: not a safetensors file", length));
  if (length > rest)
    fail(
        Kind::input,
        fmt::format("the header should be {} bytes long, but only {} follow; was the file copied to its end?",
                    length, rest));
  std::string json(static_cast<std::size_t>(length), '\0');
  file.read(sizeof length, json.data(), json.size());
  *data_begin = sizeof length + length;
  return parse_safetensors_header(json, rest - length);
}

Stored stored_as(Dtype dtype) {
  switch (dtype) {
    case Dtype::float32: return Stored::f32;
    case Dtype::float64: return Stored::f64;
    case Dtype::int64: return Stored::i64;
    case Dtype::boolean: break;
  }
  return Stored::boolean;
}

void check_names(const std::vector<const NamedTensor*>& tensors) {
  std::map<std::string_view, int> seen;
  for (const NamedTensor* t : tensors) {
    if (t->name == "__metadata__")
      fail("a tensor cannot be called \"__metadata__\": the format keeps that name");
    if (valid_utf8(t->name) != t->name.size()) fail("a tensor's name is not UTF-8: " + t->name);
    if (++seen[t->name] > 1) fail(fmt::format("two tensors are called \"{}\"", t->name));
    if (!t->tensor.defined()) fail(fmt::format("the tensor \"{}\" is undefined", t->name));
  }
}

/// The header: JSON, padded to a multiple of 8 bytes so that the data begin aligned.
std::string header_of(const std::string& path, const std::vector<const NamedTensor*>& order,
                      const Metadata& metadata) {
  nlohmann::json about{{"format", "pt"}};
  for (const auto& [key, value] : metadata) {
    if (valid_utf8(key) != key.size() || valid_utf8(value) != value.size())
      fail(fmt::format("{}: the metadata \"{}\" is not UTF-8", path, key));
    about[key] = value;
  }
  std::string json = "{\"__metadata__\":" + about.dump();
  std::int64_t at = 0;
  for (const NamedTensor* t : order) {
    const Dtype dtype = t->tensor.dtype();
    const std::int64_t end = at + t->tensor.numel() * static_cast<std::int64_t>(size_of(dtype));
    const Shape& shape = t->tensor.shape();
    json += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                        nlohmann::json(t->name).dump(), safetensors_name(stored_as(dtype)),
                        fmt::join(shape.begin(), shape.end(), ","), at, end);
    at = end;
  }
  json += '}';
  json.append((8 - json.size() % 8) % 8, ' ');
  if (json.size() > longest_safetensors_header) fail(path + ": the header would pass the format's 100 MB");
  return json;
}

}  // namespace
}  // namespace io

Safetensors::Safetensors(const std::string& path) : file_(new io::SafetensorsFile(path)) {
  io::SafetensorsHeader header =
      io::naming(path, [&] { return io::read_header(file_->file, &file_->data_begin); });
  for (std::size_t i = 0; i < header.entries.size(); ++i) {
    const io::SafetensorsEntry& e = header.entries[i];
    const std::vector<std::int64_t> sizes(e.sizes.begin(), e.sizes.end());
    file_->entries.push_back({e.name, e.dtype, Shape(sizes)});
    file_->index[e.name] = i;
  }
  file_->stored = std::move(header.entries);
  file_->metadata = std::move(header.metadata);
}

const std::vector<Safetensors::Entry>& Safetensors::entries() const { return file_->entries; }
const Metadata& Safetensors::metadata() const { return file_->metadata; }
bool Safetensors::contains(std::string_view name) const { return file_->index.contains(name); }
const Shape& Safetensors::shape(std::string_view name) const {
  return file_->entries[file_->find(name)].shape;
}

Tensor Safetensors::load(std::string_view name) const {
  const std::size_t i = file_->find(name);
  const io::SafetensorsEntry& entry = file_->stored[i];
  return io::naming(fmt::format("{}: tensor \"{}\"", file_->file.path(), name), [&] {
    return io::read_tensor(file_->file, file_->data_begin + entry.begin, entry.stored,
                           file_->entries[i].shape);
  });
}

std::vector<NamedTensor> load_safetensors(const std::string& path) {
  const Safetensors file(path);
  std::vector<NamedTensor> tensors;
  for (const Safetensors::Entry& entry : file.entries())
    tensors.push_back({entry.name, file.load(entry.name)});
  return tensors;
}

void save_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                      const Metadata& metadata) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& t : tensors) order.push_back(&t);
  io::naming(path, [&] { io::check_names(order); });
  // Wide elements first, so that every tensor lies aligned for its type; then by name, so that the bytes do
  // not depend on the caller's order.
  std::sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    const std::size_t wide_a = size_of(a->tensor.dtype()), wide_b = size_of(b->tensor.dtype());
    return wide_a != wide_b ? wide_a > wide_b : a->name < b->name;
  });

  const std::string json = io::header_of(path, order, metadata);
  os::OutputFile file(path);
  const std::uint64_t length = json.size();
  file.write(&length, sizeof length);
  file.write(json.data(), json.size());
  for (const NamedTensor* t : order) {
    const Tensor dense = t->tensor.detach().contiguous();
    visit(dense.dtype(), [&](auto element) {
      using T = decltype(element);
      file.write(dense.data<T>(), static_cast<std::size_t>(dense.numel()) * sizeof(T));
    });
  }
  file.commit();
}

}  // namespace gradus
