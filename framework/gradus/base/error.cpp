#include "gradus/base/error.h"

namespace gradus {

void fail(Kind kind, std::string message) { throw Error(kind, std::move(message)); }

}  // namespace gradus
