// gradus train: a language model from a text, or from the built-in tales.
#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "commands.h"
#include "cost.h"
#include "dataset.h"
#include "gradus/base/os.h"
#include "machine.h"
#include "session.h"

namespace gradus::tools {
namespace {

/// The command line: which settings were given, and what else was asked for.
struct Flags {
  Settings values;  ///< where CLI11 puts what it reads
  struct Setting {
    CLI::Option* option;
    SettingInfo info;
    std::function<void(Settings& to, const Settings& from)> copy;
  };
  std::vector<Setting> settings;

  std::string preset, out, resume, json_log;
  int threads = 0;
  bool dry_run = false, attend = false;

  /// The settings of a run that begins: a preset's, with what was given on top.
  Settings begun() const {
    Settings base = tools::preset(!preset.empty() ? preset : given("data") ? "nano" : "tales");
    apply(base);
    return base;
  }
  void apply(Settings& to) const {
    for (const Setting& s : settings)
      if (s.option->count() > 0) s.copy(to, values);
  }
  bool given(std::string_view flag) const {
    for (const Setting& s : settings)
      if (flag == s.info.flag) return s.option->count() > 0;
    return false;
  }
};

void check(const Settings& settings) {
  if (const std::string why = problem(settings); !why.empty()) fail(why);
}

/// Refuses a model that cannot fit, before the system does it less politely.
void check_memory(const Cost& cost) {
  const auto there = static_cast<double>(os::usable_memory());
  if (cost.bytes() > there)
    fail(Kind::resources,
         fmt::format(
             "this run needs about {} of memory, and {} are available.\n"
             "  Try a smaller --width, --layers, --batch or --context; --dry-run shows what each costs.",
             bytes_text(cost.bytes()), bytes_text(there)));
}

std::string header(const Settings& s, const Dataset& d, const Cost& cost) {
  std::string text =
      fmt::format("data        {}: {} {} tokens, {} to learn from, {} to validate on\n", d.name,
                  grouped(d.train.size() + d.validation.size()), name(d.tokenizer.kind()),
                  grouped(d.train.size()), grouped(d.validation.size()));
  text += fmt::format("model       {}, {}, width {}, context {}, vocabulary {}: {} parameters\n",
                      counted(s.layers, "layer"), counted(s.heads, "head"), s.width, s.context,
                      grouped(d.tokenizer.vocab_size()), grouped(cost.parameters));
  text += fmt::format("training    {} steps of {} x {} tokens; AdamW, lr {:g}{}\n", grouped(s.steps), s.batch,
                      s.context, s.lr,
                      s.decay == "constant" ? "" : fmt::format(" to {:g} ({})", s.min_lr, s.decay));
  text += fmt::format("machine     {}\nseed        {}\n", machine_line(), s.seed);
  text += fmt::format("\nto beat     uniform {:.4f}, unigram {:.4f}, bigram {:.4f} nats per token\n",
                      d.baselines.uniform, d.baselines.unigram, d.baselines.bigram);
  if (d.floor)
    text += fmt::format("floor       {:.4f}: the entropy of the stories; no model can do better\n", *d.floor);
  return text;
}

void begin(const Flags& flags) {
  Settings settings = flags.begun();
  check(settings);
  const Dataset data = load_dataset(settings);
  const Cost cost = cost_of(settings, data.tokenizer.vocab_size());
  Terminal terminal;
  if (flags.dry_run) return terminal.say(header(settings, data, cost) + "\n" + report(cost, settings));
  check_memory(cost);
  const std::string stem = std::filesystem::path(data.name).stem().string();
  const RunFolder run = RunFolder::create(flags.out.empty() ? RunFolder::free_path(stem) : flags.out);
  if (!settings.data.empty())
    settings.data = std::filesystem::absolute(settings.data).lexically_normal();  // to resume from anywhere
  try {
    save_config(run, {settings, data.tokenizer.vocab_size(), data.fingerprint});
    os::write_file(run.file("tokenizer.json"), data.tokenizer.to_json());
    terminal.say(header(settings, data, cost));
    train_session(settings, data, run, terminal,
                  {.resume = false, .json_log = flags.json_log, .attend = flags.attend});
  } catch (const Error& e) {
    if (std::filesystem::exists(run.file("training.safetensors"))) throw;
    run.remove();  // nothing was learned: leave the name free
    throw;
  }
}

void go_on(const Flags& flags) {
  if (!flags.out.empty()) fail("--resume goes on in its own folder; leave out --out");
  if (!flags.preset.empty()) fail("--resume keeps the settings of the run; leave out --preset");
  for (const Flags::Setting& s : flags.settings)
    if (s.option->count() > 0 && !s.info.resumable)
      fail(
          fmt::format("--{} cannot change when a run is resumed: its weights would no longer be the run's.\n"
                      "  Leave it out, or begin another run.",
                      s.info.flag));
  const RunFolder run(flags.resume);
  Config config = load_config(run);
  flags.apply(config.settings);
  check(config.settings);
  const Tokenizer tokenizer = load_tokenizer(run, config);
  const Dataset data = load_dataset(config.settings, &tokenizer);
  if (data.fingerprint != config.fingerprint)
    fail(Kind::input,
         fmt::format("{}: this is not the text that {} learned from; it may have changed since.\n"
                     "  Give the old text (--data FILE), or begin another run.",
                     config.settings.data.empty() ? "tales" : config.settings.data, run.path()));
  const Cost cost = cost_of(config.settings, config.vocab);
  Terminal terminal;
  terminal.say(header(config.settings, data, cost) +
               (flags.dry_run ? "\n" + report(cost, config.settings) : ""));
  if (flags.dry_run) return;
  check_memory(cost);
  save_config(run, config);  // a later resumption starts from what was given to this one
  train_session(config.settings, data, run, terminal,
                {.resume = true, .json_log = flags.json_log, .attend = flags.attend});
}

void train(const Flags& flags) {
  if (flags.threads != 0) set_num_threads(flags.threads);
  if (const std::string warning = blas_warning(); !warning.empty()) fmt::print(stderr, "{}\n", warning);
  flags.resume.empty() ? begin(flags) : go_on(flags);
}

/// What the flags are when nobody gives them.
std::string preset_table() {
  std::string text = fmt::format("{:23}{:>7}{:>6}{:>7}{:>8}{:>7}{:>7}{:>8}{:>9}\n", "Defaults", "layers",
                                 "heads", "width", "context", "batch", "steps", "lr", "dropout");
  const auto row = [&](const char* what, const char* name) {
    const Settings s = preset(name);
    text += fmt::format("  {:21}{:>7}{:>6}{:>7}{:>8}{:>7}{:>7}{:>8}{:>9}\n", what, s.layers, s.heads, s.width,
                        s.context, s.batch, s.steps, s.lr, s.dropout);
  };
  row("the built-in tales", "tales");
  row("--data, --preset nano", "nano");
  row("--preset baby", "baby");
  return text;
}

}  // namespace

void add_train(CLI::App& program) {
  static Flags flags;
  CLI::App* command =
      program.add_subcommand("train", "Train a language model on a text, or on the built-in tales");
  each_setting([&](const SettingInfo& info, auto member) {
    CLI::Option* option = command->add_option(std::string("--") + info.flag, flags.values.*member, info.help)
                              ->group(info.group);
    flags.settings.push_back(
        {option, info, [member](Settings& to, const Settings& from) { to.*member = from.*member; }});
  });
  command
      ->add_option("--preset", flags.preset,
                   "nano or baby: nanoGPT's recipes for a CPU and a GPU; flags override them")
      ->check(CLI::IsMember({"nano", "baby"}).description(""))
      ->group("Run");
  command->add_option("--out", flags.out, "the run folder to make (default: runs/NAME)")
      ->type_name("DIR")
      ->group("Run");
  command->add_option("--resume", flags.resume, "go on with the run in this folder")
      ->type_name("DIR")
      ->group("Run");
  command->add_option("--json-log", flags.json_log, "also write a JSON line for each step here")
      ->type_name("FILE")
      ->group("Run");
  command
      ->add_option("--threads", flags.threads,
                   "threads (default: one for each CPU); the result does not depend on it")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""))
      ->group("Run");
  command
      ->add_flag("--attend", flags.attend,
                 "keep the weights of some steps: gradus attend shows how heads form")
      ->group("Run");
  command->add_flag("--dry-run", flags.dry_run, "print parameters, memory and operations, and train nothing")
      ->group("Run");
  command->footer(
      "Example:\n"
      "  gradus train --out runs/tales\n"
      "  gradus train --data shakespeare.txt --preset nano --steps 500\n"
      "  gradus train --resume runs/tales --steps 3000\n\n" +
      preset_table() + "\nCtrl-C finishes the step and saves; --resume goes on from there.");
  command->callback([] { train(flags); });
}

}  // namespace gradus::tools
