#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/base/ref.h"
#include "gradus/nn/module.h"
#include "gradus/tensor/tensor.h"

namespace gradus {

namespace io {
struct SafetensorsFile;
void retain(SafetensorsFile* f);
void release(SafetensorsFile* f);
}  // namespace io

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// A .safetensors file, opened and checked: names, shapes and offsets are known to fit the file, tensors are
/// read when asked for. Errors (input) say what is wrong with the file.
class Safetensors {
 public:
  /// Reads the header and refuses every file that breaks a rule of the format: a header of at most 100 MB
  /// that is one JSON object in UTF-8, no name twice, known element types, sizes that match the offsets, data
  /// without holes, overlap or rest.
  explicit Safetensors(const std::string& path);

  struct Entry {
    std::string name, dtype;  ///< "F32", "BF16", ... as the file says
    Shape shape;
  };
  const std::vector<Entry>& entries() const;  ///< in the order of their data
  const Metadata& metadata() const;
  bool contains(std::string_view name) const;
  const Shape& shape(std::string_view name) const;
  /// The tensor: F64 is read as float64; F32, F16 and BF16 as float32; integers as int64; BOOL as boolean.
  Tensor load(std::string_view name) const;

 private:
  Ref<io::SafetensorsFile> file_;
};

/// All of a file's tensors.
std::vector<NamedTensor> load_safetensors(const std::string& path);

/// Writes the tensors (float32 as F32, float64 F64, int64 I64, boolean BOOL) so that the file at `path` is
/// the old or the new one, never half. "format": "pt", which Python's transformers asks for, is added to the
/// metadata. The same tensors give the same bytes. Errors: a name twice, not UTF-8 or "__metadata__"; an
/// undefined tensor; a full disk (resources).
void save_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                      const Metadata& metadata = {});

}  // namespace gradus
