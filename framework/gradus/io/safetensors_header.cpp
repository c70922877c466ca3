#include "gradus/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "gradus/base/error.h"
#include "gradus/base/shape.h"

namespace gradus::io {
namespace {

struct TypeName {
  const char* name;
  Stored type;
};
constexpr TypeName type_names[] = {
    {"F64", Stored::f64},      {"F32", Stored::f32}, {"F16", Stored::f16}, {"BF16", Stored::bf16},
    {"I64", Stored::i64},      {"I32", Stored::i32}, {"I16", Stored::i16}, {"I8", Stored::i8},
    {"U64", Stored::u64},      {"U32", Stored::u32}, {"U16", Stored::u16}, {"U8", Stored::u8},
    {"BOOL", Stored::boolean},
};

[[noreturn]] void refuse(const std::string& why) { fail(Kind::input, why); }
[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  refuse(fmt::format("tensor \"{}\": {}", name, why));
}

/// Takes the events of the JSON parser, one after the other, and accepts nothing but
///   {"__metadata__": {string: string, ...}, name: {"dtype": string, "shape": [n, ...], "data_offsets": [n,
///   n]}, ...}
/// The parser does not recurse, so no nesting can exhaust the stack.
class HeaderReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  SafetensorsHeader header;

  bool start_object(std::size_t) {
    if (where_ == Where::outside) return go(Where::names);
    if (where_ != Where::name) unexpected("an object");
    if (name_ == "__metadata__") return go(Where::metadata);
    header.entries.push_back({name_, "", {}, 0, 0, Stored::f32});
    fields_.clear();
    return go(Where::fields);
  }
  bool end_object() {
    if (where_ == Where::fields)
      for (const char* field : {"dtype", "shape", "data_offsets"})
        if (!fields_.contains(field)) refuse(name_, fmt::format("\"{}\" is missing", field));
    return go(where_ == Where::names ? Where::outside : Where::names);
  }
  bool key(string_t& key) {
    if (where_ == Where::names) {
      if (!names_.insert(key).second) refuse(fmt::format("the name \"{}\" appears twice", key));
      name_ = key;
      return go(Where::name);
    }
    if (where_ == Where::metadata) {
      if (!metadata_keys_.insert(key).second)
        refuse(fmt::format("metadata: the key \"{}\" appears twice", key));
      header.metadata.push_back({key, ""});
      return go(Where::metadata_value);
    }
    if (key != "dtype" && key != "shape" && key != "data_offsets")
      refuse(name_, fmt::format("unknown field \"{}\"", key));
    if (!fields_.insert(key).second) refuse(name_, fmt::format("\"{}\" appears twice", key));
    return go(key == "dtype" ? Where::dtype : key == "shape" ? Where::shape : Where::offsets);
  }
  bool string(string_t& value) {
    if (where_ == Where::metadata_value) {
      header.metadata.back().second = value;
      return go(Where::metadata);
    }
    if (where_ != Where::dtype) unexpected("a string");
    header.entries.back().dtype = value;
    return go(Where::fields);
  }
  bool start_array(std::size_t) {
    if (where_ != Where::shape && where_ != Where::offsets) unexpected("a list");
    numbers_.clear();
    return go(where_ == Where::shape ? Where::sizes : Where::offset_pair);
  }
  bool number_unsigned(number_unsigned_t value) {
    if (where_ != Where::sizes && where_ != Where::offset_pair) unexpected("a number");
    numbers_.push_back(value);
    return true;
  }
  bool end_array() {
    SafetensorsEntry& entry = header.entries.back();
    if (where_ == Where::sizes) {
      entry.sizes = numbers_;
    } else {
      if (numbers_.size() != 2)
        refuse(name_, fmt::format("data_offsets has {} numbers, not 2", numbers_.size()));
      entry.begin = numbers_[0];
      entry.end = numbers_[1];
    }
    return go(Where::fields);
  }
  bool number_integer(number_integer_t) { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t& digits) { unexpected("the number " + digits); }
  bool boolean(bool) { unexpected("true or false"); }
  bool null() { unexpected("null"); }
  bool binary(binary_t&) { unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    refuse(fmt::format("the header is not JSON: it goes wrong at byte {}", position));
  }

 private:
  enum class Where {
    outside,
    names,
    name,
    metadata,
    metadata_value,
    fields,
    dtype,
    shape,
    offsets,
    sizes,
    offset_pair
  };
  bool go(Where where) {
    where_ = where;
    return true;
  }
  [[noreturn]] void unexpected(const std::string& what) {
    if (where_ == Where::metadata_value)
      refuse(fmt::format("metadata: \"{}\" must be a string, not {}", header.metadata.back().first, what));
    if (where_ == Where::outside || where_ == Where::names)
      refuse("the header must be an object, not " + what);
    if (where_ == Where::name) refuse(name_, "must be an object, not " + what);
    const bool in_shape = where_ == Where::shape || where_ == Where::sizes;
    refuse(name_, fmt::format("{} must be {}, not {}",
                              where_ == Where::dtype ? "dtype"
                              : in_shape             ? "shape"
                                                     : "data_offsets",
                              where_ == Where::dtype ? "a string"
                              : in_shape             ? "a list of whole numbers from 0"
                                                     : "two whole numbers from 0",
                              what));
  }

  Where where_ = Where::outside;
  string_t name_;
  std::set<string_t> names_, metadata_keys_, fields_;
  std::vector<std::uint64_t> numbers_;
};

Stored stored_type(const SafetensorsEntry& entry) {
  for (const TypeName& known : type_names)
    if (entry.dtype == known.name) return known.type;
  refuse(entry.name,
         fmt::format("element type \"{}\" is not supported; store the tensor as F32 or BF16", entry.dtype));
}

/// The offsets must cut the data into the tensors: in order, without holes, overlap or rest.
void check_offsets(std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.end > data_bytes)
      refuse(entry.name,
             fmt::format(
                 "its data [{}, {}) reach past the file's {} data bytes; was the file copied to its end?",
                 entry.begin, entry.end, data_bytes));
    if (entry.begin != at)
      refuse(entry.name, fmt::format("its data begin at {}, but the data before end at {}: {}", entry.begin,
                                     at, entry.begin > at ? "a hole" : "an overlap"));
    at = entry.end;
  }
  if (at != data_bytes)
    refuse(fmt::format("{} bytes follow the last tensor; the file is damaged or something was appended",
                       data_bytes - at));
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes) {
  if (json.empty() || json.front() != '{')
    refuse("the header does not begin with \"{\": not a safetensors file");
  // The JSON parser takes a zero byte for the end of its input.
  if (const std::size_t zero = json.find('\0'); zero != std::string_view::npos)
    refuse(fmt::format("the header is not JSON: it goes wrong at byte {}", zero + 1));

  HeaderReader reader;
  nlohmann::json::sax_parse(json, &reader);
  for (SafetensorsEntry& entry : reader.header.entries) {
    entry.stored = stored_type(entry);
    if (entry.sizes.size() > static_cast<std::size_t>(max_rank))
      refuse(entry.name,
             fmt::format("{} axes; Gradus tensors have at most {}", entry.sizes.size(), max_rank));
    std::int64_t bytes = 0;
    if (!stored_bytes(entry.sizes, entry.stored, &bytes))
      refuse(entry.name, fmt::format("shape [{}] needs more than 2^63 bytes", fmt::join(entry.sizes, ", ")));
    if (entry.begin > entry.end || entry.end - entry.begin != static_cast<std::uint64_t>(bytes))
      refuse(entry.name,
             fmt::format("{} of shape [{}] takes {} bytes, but data_offsets [{}, {}] do not", entry.dtype,
                         fmt::join(entry.sizes, ", "), bytes, entry.begin, entry.end));
  }
  check_offsets(reader.header.entries, data_bytes);
  return std::move(reader.header);
}

const char* safetensors_name(Stored type) {
  for (const TypeName& known : type_names)
    if (known.type == type) return known.name;
  return "";
}

}  // namespace gradus::io
