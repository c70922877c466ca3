#include "gradus/io/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gradus/base/error.h"
#include "gradus/base/os.h"
#include "gradus/io/stored.h"

namespace gradus {
namespace {

using io::Stored;

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t longest_header = 1 << 20;  // bytes; an array's own header takes about a hundred

struct TypeName {
  const char* descr;
  Stored type;
};
constexpr TypeName type_names[] = {
    {"<f8", Stored::f64}, {"<f4", Stored::f32}, {"<f2", Stored::f16}, {"<i8", Stored::i64},
    {"<i4", Stored::i32}, {"<i2", Stored::i16}, {"|i1", Stored::i8},  {"<u8", Stored::u64},
    {"<u4", Stored::u32}, {"<u2", Stored::u16}, {"|u1", Stored::u8},  {"|b1", Stored::boolean},
};

struct Header {
  Stored type = Stored::f32;
  bool column_major = false;
  std::vector<std::uint64_t> sizes;
};

/// Reads the header, a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Header read() {
    Header header;
    bool descr = false, order = false, shape = false;
    const auto once = [&](bool& seen, const std::string& key) {
      if (seen) refuse(fmt::format("its header has '{}' twice", key));
      seen = true;
    };
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        once(descr, key);
        header.type = type();
      } else if (key == "fortran_order") {
        once(order, key);
        header.column_major = boolean();
      } else if (key == "shape") {
        once(shape, key);
        header.sizes = sizes();
      } else {
        refuse(fmt::format("its header has an unknown key '{}'", key));
      }
      if (!take(',') && peek() != '}') refuse_here();
    }
    if (peek() != '\0') refuse_here();
    for (const auto& [seen, key] : {std::pair{descr, "descr"}, {order, "fortran_order"}, {shape, "shape"}})
      if (!seen) refuse(fmt::format("its header lacks '{}'", key));
    return header;
  }

  [[noreturn]] void refuse(const std::string& why) const { fail(Kind::input, path_ + ": " + why); }

 private:
  [[noreturn]] void refuse_here() const {
    refuse(fmt::format("not a .npy file: its header goes wrong at character {}", at_ + 1));
  }
  /// The next character that is not blank; 0 at the end, which a blank-free header never contains.
  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    if (at_ == text_.size()) return '\0';
    if (text_[at_] == '\0') refuse_here();
    return text_[at_];
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse_here();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') refuse_here();
    const std::size_t begin = ++at_, end = text_.find(quote, begin);
    if (end == std::string_view::npos) refuse_here();
    at_ = end + 1;
    return std::string(text_.substr(begin, end - begin));
  }
  bool boolean() {
    for (const std::string_view word : {"True", "False"})
      if (peek() == word[0] && text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    refuse_here();
  }
  Stored type() {
    if (peek() == '[') refuse("it holds records; save each field as an array of its own");
    const std::string descr = quoted();
    for (const TypeName& known : type_names)
      if (descr == known.descr) return known.type;
    if (descr.starts_with('>'))
      refuse(fmt::format("it holds big-endian numbers ('{}'); save x.astype('<f4')", descr));
    if (descr.find('O') != std::string::npos) refuse("it holds Python objects, which only Python can read");
    refuse(fmt::format("elements of type '{}' are not supported; save x.astype('<f4') or '<i8'", descr));
  }
  std::vector<std::uint64_t> sizes() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (!take(')')) {
      peek();
      const std::size_t begin = at_;
      std::uint64_t size = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        if (__builtin_mul_overflow(size, 10u, &size) ||
            __builtin_add_overflow(size, static_cast<std::uint64_t>(text_[at_] - '0'), &size))
          refuse("its shape has a size past 2^64");
      if (at_ == begin) refuse_here();
      take('L');  // Python 2 wrote long integers so
      sizes.push_back(size);
      if (!take(',') && (peek() != ')' || sizes.size() == 1)) refuse_here();  // (3) is a number, (3,) a tuple
    }
    if (sizes.size() > static_cast<std::size_t>(max_rank))
      refuse(fmt::format("{} axes; Gradus tensors have at most {}", sizes.size(), max_rank));
    return sizes;
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Where the header's text lies: after the magic, the version and its own length.
struct Place {
  std::uint64_t begin, length;
};

Place find_header(const os::InputFile& file) {
  unsigned char start[12] = {};
  const auto refuse = [&](const std::string& why) { fail(Kind::input, file.path() + ": " + why); };
  if (file.size() < 10) refuse(fmt::format("{} bytes are too short for a .npy file", file.size()));
  file.read(0, start, 10);
  if (!std::equal(magic.begin(), magic.end(), start,
                  [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }))
    refuse("it does not begin with \"\\x93NUMPY\": not a .npy file");
  const int version = start[6];
  if (version < 1 || version > 3 || start[7] != 0)
    refuse(fmt::format(".npy format {}.{} is not known; 1.0, 2.0 and 3.0 are", version, start[7]));
  Place place{10, std::uint64_t{start[8]} | std::uint64_t{start[9]} << 8};
  if (version > 1) {
    if (file.size() < 12) refuse("it ends inside its header");
    file.read(10, start + 10, 2);
    place = {12, place.length | std::uint64_t{start[10]} << 16 | std::uint64_t{start[11]} << 24};
  }
  if (place.length > file.size() - place.begin)
    refuse(fmt::format("its header should be {} bytes long, but only {} follow", place.length,
                       file.size() - place.begin));
  if (place.length > longest_header) refuse(fmt::format("its header of {} bytes is too long", place.length));
  return place;
}

}  // namespace

Tensor load_npy(const std::string& path) {
  const os::InputFile file(path);
  const Place place = find_header(file);
  std::string text(static_cast<std::size_t>(place.length), '\0');
  file.read(place.begin, text.data(), text.size());
  HeaderReader reader(path, text);
  Header header = reader.read();

  std::int64_t bytes = 0;
  const std::uint64_t begin = place.begin + place.length, rest = file.size() - begin;
  const std::string shape = fmt::format("({})", fmt::join(header.sizes, ", "));
  if (!io::stored_bytes(header.sizes, header.type, &bytes))
    reader.refuse("shape " + shape + " needs more than 2^63 bytes");
  if (static_cast<std::uint64_t>(bytes) != rest)
    reader.refuse(
        fmt::format("shape {} promises {} bytes of data, but {} follow the header", shape, bytes, rest));
  try {
    // Column-major is row-major with the axes in reverse.
    if (header.column_major) std::reverse(header.sizes.begin(), header.sizes.end());
    const std::vector<std::int64_t> sizes(header.sizes.begin(), header.sizes.end());
    const Tensor x = io::read_tensor(file, begin, header.type, Shape(sizes));
    if (!header.column_major) return x;
    Shape axes;
    for (int axis = x.dim() - 1; axis >= 0; --axis) axes.push_back(axis);
    return x.permute(axes).contiguous();
  } catch (const Error& e) { fail(e.kind(), path + ": " + e.what()); }
}

void save_npy(const std::string& path, const Tensor& x) {
  if (!x.defined()) fail(path + ": save_npy: the tensor is undefined");
  const char* descr = x.dtype() == Dtype::float32   ? "<f4"
                      : x.dtype() == Dtype::float64 ? "<f8"
                      : x.dtype() == Dtype::int64   ? "<i8"
                                                    : "|b1";
  std::string shape;
  for (std::int64_t size : x.shape()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", size);
  if (x.dim() == 1) shape += ',';
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  text.append(63 - (10 + text.size()) % 64, ' ');
  text += '\n';

  std::string head(magic);
  head += {'\x01', '\x00', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  os::OutputFile file(path);
  file.write(head.data(), head.size());
  file.write(text.data(), text.size());
  const Tensor dense = x.detach().contiguous();
  visit(dense.dtype(), [&](auto element) {
    using T = decltype(element);
    file.write(dense.data<T>(), static_cast<std::size_t>(dense.numel()) * sizeof(T));
  });
  file.commit();
}

}  // namespace gradus
