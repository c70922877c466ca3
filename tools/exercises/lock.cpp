#include "exercises/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "gradus/base/error.h"

namespace gradus::tools::exercises {

Lock::Lock(const std::string& file) : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail(Kind::resources, file + ": cannot open: " + std::strerror(errno));
  // Where a file system knows no locks, two runners at once are the user's affair.
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {}
}

Lock::~Lock() { ::close(descriptor_); }

}  // namespace gradus::tools::exercises
