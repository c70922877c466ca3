#include "session.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <optional>

#include "chart.h"
#include "gradus/base/os.h"
#include "gradus/io/checkpoint.h"
#include "log.h"
#include "trainer.h"
#include "writer.h"

namespace gradus::tools {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// The first Ctrl-C asks for a stop after the step; the second stops at once.
void on_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

struct CatchInterrupts {
  CatchInterrupts() {
    interrupted = 0;
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
  }
  ~CatchInterrupts() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string rate(double tokens_per_second) {
  return grouped(static_cast<std::int64_t>(tokens_per_second + 0.5));
}

class Session {
 public:
  Session(const Settings& settings, const Dataset& data, const RunFolder& run, Terminal& terminal,
          const SessionOptions& options)
      : settings_(settings),
        data_(data),
        run_(run),
        terminal_(terminal),
        attend_(options.attend),
        trainer_(settings, data) {
    if (attend_) os::make_folder(run.path() + "/checkpoints");
    if (options.resume) {
      began_ -= trainer_.resume(run);
      saved_at_ = trainer_.step();
      restore_log();
    } else {
      save();  // so that the folder can be used and resumed from its first moment
      keep();
    }
    log_.emplace(run.file("log.jsonl"), /*append=*/true);
    if (!options.json_log.empty()) extra_log_.emplace(options.json_log, options.resume);
  }

  void run() {
    try {
      train();
    } catch (const Error& e) {
      if (e.kind() != Kind::numerical) throw;
      fail(e.kind(), fmt::format("{}\n  The last save, after {} steps, is untouched in {}.", e.what(),
                                 saved_at_, run_.path()));
    }
  }

 private:
  void train() {
    if (trainer_.step() >= settings_.steps)
      fail(fmt::format("{} has taken its {} steps; to go on, give more (--steps {})", run_.path(),
                       trainer_.step(), 2 * trainer_.step()));
    const CatchInterrupts guard;
    terminal_.say(terminal_.bold(
        fmt::format("{:>9} {:>9} {:>11} {:>10} {:>8}", "step", "loss", "validation", "tokens/s", "time")));
    for (bool stop = false; !stop && trainer_.step() < settings_.steps;) {
      StepLog line = timed_step();
      keep();
      stop = interrupted != 0;
      const bool last = stop || line.step == settings_.steps;
      if (stop) save();  // before a validation that might not be waited for
      if (last || (settings_.eval_every > 0 && line.step % settings_.eval_every == 0))
        evaluate(line);
      else
        note(line);
      if (!last && settings_.sample_every > 0 && line.step % settings_.sample_every == 0) show_sample();
    }
    if (settings_.sample_every > 0) show_sample();
    say_result();
  }

  StepLog timed_step() {
    const double begin = now();
    StepLog line = trainer_.take_step();
    const double took = now() - begin;
    line.tokens_per_second = static_cast<double>(settings_.batch * settings_.context) / took;
    recent_.loss += static_cast<double>(line.loss);
    recent_.seconds += took;
    ++recent_.steps;
    ++steps_here_;
    return line;
  }

  /// An ordinary step: logged, and shown on the live line.
  void note(StepLog& line) {
    write(line);
    const double left = (now() - started_) / static_cast<double>(steps_here_) *
                        static_cast<double>(settings_.steps - line.step);
    terminal_.refresh(fmt::format("{:>9} {:>9.4f} {:>11} {:>10} {:>8}   {} %, {} left", line.step,
                                  recent_.mean_loss(), validation_.empty() ? "" : validation_,
                                  rate(recent_rate()), duration(elapsed()), 100 * line.step / settings_.steps,
                                  duration(left)));
  }

  /// A step that is followed by a validation, a row that stays, and a save.
  void evaluate(StepLog& line) {
    last_loss_ = trainer_.validate();
    line.val_loss = last_loss_;
    validation_ = fmt::format("{:.4f}", last_loss_);
    write(line);
    terminal_.say(fmt::format("{:>9} {:>9.4f} {:>11} {:>10} {:>8}", line.step, recent_.mean_loss(),
                              validation_, rate(recent_rate()), duration(elapsed())));
    recent_ = {};
    save();
    os::write_file(run_.file("loss.svg"),
                   loss_svg("Loss on " + data_.name, curve_, data_.baselines, data_.floor));
  }

  void write(StepLog& line) {
    line.elapsed_seconds = elapsed();
    curve_.add(line);
    log_->write(line);
    if (extra_log_) extra_log_->write(line);
  }

  /// Drops what was logged after the save that the run goes on from.
  void restore_log() {
    std::string kept;
    if (std::filesystem::exists(run_.file("log.jsonl")))
      for (const StepLog& line : read_log(run_.file("log.jsonl"), trainer_.step())) {
        curve_.add(line);
        kept += to_json(line);
      }
    os::write_file(run_.file("log.jsonl"), kept);
  }

  void show_sample() {
    std::string text = sample(trainer_.model(), data_.tokenizer,
                              settings_.seed + static_cast<std::uint64_t>(trainer_.step()));
    terminal_.say(fmt::format("\n{}\n{}\n",
                              terminal_.dim(fmt::format("  a sample after {} steps", trainer_.step())),
                              indented(text)));
  }

  void say_result() {
    std::string text =
        fmt::format("validation loss {:.4f} (perplexity {:.2f})", last_loss_, std::exp(last_loss_));
    if (trainer_.best_step() != trainer_.step())
      text += fmt::format("; the best was {:.4f} after {} steps", trainer_.best_loss(), trainer_.best_step());
    if (data_.floor)
      text += fmt::format("\n{:.1f} % above the floor of {:.4f}", 100 * (last_loss_ / *data_.floor - 1),
                          *data_.floor);
    text += fmt::format("\n\nsaved in {}; the curve is {}", run_.path(), run_.file("loss.svg"));
    if (trainer_.step() < settings_.steps)
      text += fmt::format("\nstopped after {} of {} steps; go on with: gradus train --resume {}",
                          trainer_.step(), settings_.steps, run_.path());
    terminal_.say(settings_.sample_every > 0 ? text : "\n" + text);
  }

  void save() {
    trainer_.save(run_, elapsed());
    saved_at_ = trainer_.step();
  }

  /// Weights by which the lab shows how heads come about: the first, and twelve steps of which each is about as many times
  /// the one before, because most happens early.
  void keep() const {
    constexpr int moments = 12;
    const std::int64_t step = trainer_.step();
    bool kept = step == 0;
    for (int i = 1; i <= moments; ++i)
      kept = kept || step == std::llround(std::pow(static_cast<double>(settings_.steps),
                                                   static_cast<double>(i) / moments));
    if (attend_ && kept) gradus::save(run_.checkpoint(step), trainer_.model());
  }

  double elapsed() const { return now() - began_; }
  double recent_rate() const {
    return static_cast<double>(recent_.steps * settings_.batch * settings_.context) / recent_.seconds;
  }

  /// Since the last row.
  struct Recent {
    double loss = 0, seconds = 0;
    std::int64_t steps = 0;
    double mean_loss() const { return loss / static_cast<double>(steps); }
  };

  const Settings& settings_;
  const Dataset& data_;
  const RunFolder& run_;
  Terminal& terminal_;
  bool attend_;
  Trainer trainer_;
  std::optional<JsonLog> log_, extra_log_;
  LossCurve curve_;
  Recent recent_;
  std::int64_t steps_here_ = 0, saved_at_ = 0;
  double started_ = now(), began_ = started_;  // this sitting; the run, as if it had never been left
  double last_loss_ = 0;
  std::string validation_;
};

}  // namespace

void train_session(const Settings& settings, const Dataset& data, const RunFolder& run, Terminal& terminal,
                   const SessionOptions& options) {
  Session(settings, data, run, terminal, options).run();
}

}  // namespace gradus::tools
