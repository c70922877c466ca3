#include "exercises/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "gradus/base/error.h"

extern char** environ;

namespace gradus::tools::exercises {
namespace {

constexpr int event_descriptor = 3;
constexpr std::size_t kept = std::size_t{1} << 19;  // bytes of output, from the beginning and from the end

/// The reading end of a pipe, and what came through it, cut into lines.
class Reader {
 public:
  Reader() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      fail(Kind::resources, std::string("cannot make a pipe: ") + std::strerror(errno));
    // Above the descriptors that the child is to have.
    read_ = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
    write_ = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    ::close(ends[0]);
    ::close(ends[1]);
    ::fcntl(read_, F_SETFL, O_NONBLOCK);
  }
  ~Reader() {
    ::close(read_);
    close_writer();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int reading_end() const { return open_ ? read_ : -1; }
  int writing_end() const { return write_; }
  void close_writer() {
    if (write_ >= 0) ::close(write_);
    write_ = -1;
  }

  /// Takes what is there.
  void drain(std::string* all, const std::function<void(const std::string&)>& on_line) {
    char block[1 << 14];
    for (int blocks = 0; open_ && blocks < 64; ++blocks) {  // not for ever: it may print without end
      const ssize_t n = ::read(read_, block, sizeof block);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return;
      if (n == 0) {
        open_ = false;
        if (!line_.empty() && on_line) on_line(line_);
        return;
      }
      const auto bytes = static_cast<std::size_t>(n);
      if (all) {
        all->append(block, bytes);
        if (all->size() > 2 * kept) all->erase(kept, all->size() - 2 * kept);
      }
      if (!on_line) continue;
      for (std::size_t i = 0; i < bytes; ++i) {
        if (block[i] == '\n')
          on_line(line_), line_.clear();
        else if (line_.size() < kept)
          line_ += block[i];
      }
    }
  }

 private:
  int read_ = -1, write_ = -1;
  bool open_ = true;
  std::string line_;
};

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry, name = text.substr(0, text.find('='));
    if (std::none_of(more.begin(), more.end(), [&](const auto& m) { return m.first == name; }))
      all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

void limit(decltype(RLIMIT_CORE) what, rlim_t value) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return;
  now.rlim_cur = std::min(value, now.rlim_max);
  ::setrlimit(what, &now);
}

}  // namespace

Finished run(const Command& command) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::string> words = command.words, variables = environment_with(command.environment);
  const std::vector<char*> argv = pointers(words), envp = pointers(variables);
#ifdef GRADUS_SANITIZED  // a sanitizer reserves more addresses than any limit
  constexpr rlim_t memory = 0;
#else
  const rlim_t memory = command.confined ? rlim_t{4} << 30 : 0;
#endif

  Reader output, events;
  std::fflush(stdout);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) fail(Kind::resources, fmt::format("cannot start {}: {}", words[0], std::strerror(errno)));
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    limit(RLIMIT_CORE, 0);
    if (memory > 0) limit(RLIMIT_AS, memory);
    ::signal(SIGPIPE, SIG_DFL);
    if (command.capture) {
      const int nothing = ::open("/dev/null", O_RDONLY);
      ::dup2(nothing, 0);
      ::dup2(output.writing_end(), 1);
      ::dup2(output.writing_end(), 2);
    }
    ::dup2(events.writing_end(), event_descriptor);
    if (!command.folder.empty() && ::chdir(command.folder.c_str()) != 0) ::_exit(127);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }

  output.close_writer();
  events.close_writer();
  Finished result;
  const auto began = Clock::now();
  for (int status = 0;;) {
    pollfd ends[] = {{output.reading_end(), POLLIN, 0}, {events.reading_end(), POLLIN, 0}};
    const bool open = ends[0].fd >= 0 || ends[1].fd >= 0;
    ::poll(ends, 2, open ? 50 : 2);
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    output.drain(&result.output, command.on_line);
    events.drain(nullptr, command.on_event);
    if (ended == child) {
      // Whoever else holds the pipes, a process that it left behind, is not waited for.
      result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
      result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      break;
    }
    if (ended < 0 && errno != EINTR)
      fail(Kind::resources, fmt::format("lost {}: {}", words[0], std::strerror(errno)));
    if (result.timed_out || result.stopped) continue;
    result.timed_out =
        command.seconds > 0 && std::chrono::duration<double>(Clock::now() - began).count() > command.seconds;
    result.stopped = command.enough && command.enough();
    if (result.timed_out || result.stopped) ::kill(child, SIGKILL);
  }
  if (result.status == 127 && result.output.empty()) fail(Kind::resources, "cannot run " + words[0]);
  return result;
}

}  // namespace gradus::tools::exercises
