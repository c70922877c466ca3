#include "gradus/base/dtype.h"

namespace gradus {

const char* name(Dtype d) {
  switch (d) {
    case Dtype::float32: return "float32";
    case Dtype::float64: return "float64";
    case Dtype::int64: return "int64";
    case Dtype::boolean: return "boolean";
  }
  return "?";
}

}  // namespace gradus
