#include "exercises/keys.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "gradus/base/os.h"

namespace gradus::tools::exercises {
namespace {

// A signal handler knows nothing but globals.
termios before, during;

constexpr int endings[] = {SIGINT, SIGTERM, SIGHUP};

void give_back_and_end(int signal) {
  ::tcsetattr(0, TCSANOW, &before);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void take_again(int) { ::tcsetattr(0, TCSANOW, &during); }  // after Ctrl-Z and fg

}  // namespace

Keys::Keys() {
  if (!os::is_terminal(0) || !os::is_terminal(1) || ::tcgetattr(0, &before) != 0) return;
  during = before;
  during.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  during.c_cc[VMIN] = 1;
  during.c_cc[VTIME] = 0;
  active_ = ::tcsetattr(0, TCSANOW, &during) == 0;
  for (const int ending : endings) std::signal(ending, give_back_and_end);
  std::signal(SIGCONT, take_again);
}

Keys::~Keys() {
  if (!active_) return;
  for (const int ending : endings) std::signal(ending, SIG_DFL);
  std::signal(SIGCONT, SIG_DFL);
  ::tcsetattr(0, TCSANOW, &before);
}

char Keys::next(int milliseconds) {
  pollfd input{0, POLLIN, 0};
  const int ready = ::poll(&input, active_ ? 1 : 0, milliseconds);
  if (ready <= 0) return 0;
  char key = 0;
  const ssize_t n = ::read(0, &key, 1);
  if (n < 0 && errno == EINTR) return 0;
  return n == 1 ? key : 'q';
}

}  // namespace gradus::tools::exercises
