// gradus attend: what the heads of a trained model look at, whether they differ, and whether it matters.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "dataset.h"
#include "gradus/base/os.h"
#include "gradus/data/batches.h"
#include "gradus/data/tales.h"
#include "gradus/io/npy.h"
#include "run_folder.h"
#include "terminal.h"
#include "tools/lab/analyse.h"
#include "tools/lab/findings.h"
#include "tools/lab/json.h"
#include "tools/lab/report.h"
#include "tools/lab/sheet.h"
#include "tools/lab/terminal_map.h"

namespace gradus::tools {
namespace {

struct Flags {
  std::string run, data, out, head;
  std::vector<std::string> texts;
  std::int64_t windows = 0;
  std::uint64_t seed = 1;
  int threads = 0;
  bool quick = false;
};

lab::Subject subject_of(const models::Gpt& model, const std::string& name) {
  return {name, [&model](const Tensor& ids) { return model(ids); }, model.config.vocab, model.config.context};
}

/// The ids of a text, from a story's start where the model knows stories.
std::vector<std::int64_t> encoded(const TrainedModel& trained, const std::string& text) {
  std::vector<std::int64_t> ids = trained.tokenizer.encode(text);
  const std::int64_t start = trained.tokenizer.start(), context = trained.config.settings.context;
  if (start >= 0 && (ids.empty() || ids[0] != start)) ids.insert(ids.begin(), start);
  if (std::ssize(ids) < 3)
    fail(Kind::input,
         fmt::format("the text “{}” is {}; at least 3 are needed", text, counted(std::ssize(ids), "token")));
  if (std::ssize(ids) > context)
    fail(Kind::input, fmt::format("the text “{}...” is {} tokens long, and the model sees {} at once",
                                  text.substr(0, 40), ids.size(), context));
  for (const std::int64_t id : ids)
    if (id == trained.tokenizer.unknown())
      fail(Kind::input, fmt::format("the text “{}” has a word that the model does not know", text));
  return ids;
}

/// Windows of text that do not overlap, so that each counts for itself: [N, context], N <= count, spread over the text; they
/// begin where stories do, if there are any.
Tensor windows_of(const Tokens& tokens, const std::vector<std::int64_t>& starts, std::int64_t context,
                  std::int64_t count, const std::string& name) {
  std::vector<Window> all;
  const auto add = [&](std::int64_t begin) {
    const bool free = all.empty() || begin >= all.back().begin + context;
    if (free && begin + context < tokens.size()) all.push_back({begin, context});
  };
  for (const std::int64_t begin : starts) add(begin);
  for (std::int64_t begin = 0; starts.empty() && begin < tokens.size(); begin += context) add(begin);
  if (all.empty())
    fail(Kind::input,
         fmt::format("{}: the text is too short to measure on: it has {}, and the model's context is {}",
                     name, counted(tokens.size(), "token"), context));
  std::vector<Window> chosen;
  const std::int64_t there = std::ssize(all), taken = std::min(count, there);
  for (std::int64_t i = 0; i < taken; ++i) chosen.push_back(all[static_cast<std::size_t>(i * there / taken)]);
  return make_batch(tokens, chosen, context).x;
}

/// Removing every head twice runs the model 2 L H times over all windows: as many as that takes minutes for, 8 to 64.
std::int64_t default_windows(const models::Gpt& model) {
  std::int64_t parameters = 0;
  for (const auto& [name, parameter] : named_parameters(model)) parameters += parameter.numel();
  const models::GptConfig& c = model.config;
  const double one =
      4.0 * static_cast<double>(c.layers * c.heads * c.context * parameters);  // operations for a window
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(2e13 / one), 8, 64);
}

lab::Material material_of(const TrainedModel& trained, const models::Gpt& untrained, const Flags& flags) {
  Settings settings = trained.config.settings;
  if (!flags.data.empty()) settings.data = std::filesystem::absolute(flags.data).lexically_normal();
  const Dataset data = load_dataset(settings, &trained.tokenizer);
  if (flags.data.empty() && data.fingerprint != trained.config.fingerprint)
    fail(Kind::input, (settings.data.empty() ? std::string("tales") : settings.data) +
                          ": this is not the text that the run learned from; give one with --data FILE");
  lab::Material m;
  m.subject = subject_of(trained.model, flags.run);
  m.untrained = subject_of(untrained, "untrained");
  for (std::int64_t id = 0; id < trained.tokenizer.vocab_size(); ++id)
    m.vocabulary.push_back(trained.tokenizer.token(id));
  m.start = trained.tokenizer.start();
  m.seed = flags.seed;
  m.evidence = !flags.quick;
  const std::int64_t count = flags.windows > 0 ? flags.windows : default_windows(trained.model);
  m.windows = windows_of(data.validation, data.validation_starts, settings.context, count, data.name);
  m.reference = windows_of(data.train, data.train_starts, settings.context, count, data.name);
  const RunFolder run(flags.run);
  for (const std::int64_t step : run.checkpoints())
    m.moments.push_back({step, [&trained, run, step] {
                           const auto model =
                               std::make_shared<models::Gpt>(load_checkpoint(run, trained.config, step));
                           return lab::Subject{fmt::format("step {}", step),
                                               [model](const Tensor& ids) { return (*model)(ids); },
                                               model->config.vocab, model->config.context};
                         }});
  for (const std::string& text : flags.texts) m.texts.push_back(encoded(trained, text));
  if (flags.texts.empty()) {
    std::vector<std::int64_t> known;
    if (settings.data.empty())
      known = trained.tokenizer.encode((m.start >= 0 ? std::string(story_start) + " " : std::string()) +
                                       "the cat sat on the mat because it was tired");
    if (!known.empty() && std::ssize(known) <= settings.context) {
      m.texts.push_back(known);
    } else {
      std::vector<std::int64_t> ids(static_cast<std::size_t>(std::min(settings.context, std::int64_t{64})));
      data.validation.copy(0, std::ssize(ids), ids.data());
      m.texts.push_back(ids);
      m.study = false;  // it ends anywhere
    }
  }
  return m;
}

/// The head to look at first: the one that was asked for, else the one that looks hardest along a connection that the last
/// word hangs on, else the one that the model needs most.
std::size_t focus(const lab::Analysis& a, const std::string& asked) {
  if (!asked.empty()) {
    for (std::size_t i = 0; i < a.head.size(); ++i)
      if (name_of(a.head[i]) == asked) return i;
    fail(fmt::format("there is no head {}; heads are called {} to {}", asked, name_of(a.head.front()),
                     name_of(a.head.back())));
  }
  const lab::Edge* hardest = nullptr;
  for (const lab::EdgeStudy& study : a.studies)
    for (const lab::Edge& edge : study.edges)
      if (!hardest || edge.weight > hardest->weight) hardest = &edge;
  if (hardest) return static_cast<std::size_t>(hardest->layer * a.heads + hardest->head);
  std::size_t most = 0;
  for (std::size_t i = 0; i < a.head.size(); ++i)
    if (a.head[i].evidence.mean_ablation.value > a.head[most].evidence.mean_ablation.value) most = i;
  return most;
}

/// One head on one text.
lab::Heatmap heatmap_of(const lab::Analysis& a, std::size_t head, std::size_t text) {
  const lab::HeadAnalysis& h = a.head[head];
  return {.values = a.texts[text].maps[h.layer][h.head],
          .labels = a.texts[text].tokens,
          .title = fmt::format("{}, {}", name_of(h), h.labels.front()),
          .curve = lab::Curve::root,
          .causal = true};
}

void show(const lab::Analysis& a, std::size_t head, Terminal& terminal) {
  for (const lab::Answer& answer : answers(a)) {
    terminal.say(terminal.bold(answer.question));
    for (const lab::Finding& finding : answer.findings) terminal.say(indented(finding.text));
    terminal.say("");
  }
  const lab::TerminalColours colours = lab::terminal_colours(os::is_terminal(1));
  const int seen = os::terminal_columns(1);
  const std::int64_t columns = seen > 0 ? seen : 100;
  terminal.say(terminal_sheet(head_sheet(a, 0), colours, columns));
  terminal.say(terminal_heatmap(heatmap_of(a, head, 0), colours, columns));
}

void write_outputs(const lab::Analysis& a, std::size_t head, const std::string& folder, Terminal& terminal) {
  const auto wrote = [&](const std::string& name, const char* what) {
    terminal.say(fmt::format("  {}  {}", folder + "/" + name, terminal.dim(what)));
  };
  const auto write = [&](const std::string& name, const std::string& bytes, const char* what) {
    os::write_file(folder + "/" + name, bytes);
    wrote(name, what);
  };
  for (std::size_t t = 0; t < a.texts.size(); ++t) {
    const std::string stem = fmt::format("text-{}", t + 1),
                      name = fmt::format("{}-{}", stem, name_of(a.head[head]));
    write(stem + ".png", png_sheet(head_sheet(a, static_cast<std::int64_t>(t))), "all heads on this text");
    write(name + ".png", png_heatmap(heatmap_of(a, head, t)), "one of them");
    write(name + ".svg", svg_heatmap(heatmap_of(a, head, t)), "the same, to scale");
    save_npy(folder + "/" + stem + ".npy", a.texts[t].maps);
    wrote(stem + ".npy", "all weights [layer, head, query, key]");
  }
  write("analysis.md", markdown(a), "what was found, in words");
  write("attention.json", json(a), "every number");
  write("report.html", report(a), "all of it, to look at: open it in a browser");
}

/// What makes the same analysis again.
std::string typed(const Flags& flags) {
  std::string text = "gradus attend " + flags.run;
  for (const std::string& t : flags.texts) text += " \"" + t + "\"";
  if (!flags.data.empty()) text += " --data " + flags.data;
  if (!flags.head.empty()) text += " --head " + flags.head;
  if (flags.windows > 0) text += fmt::format(" --windows {}", flags.windows);
  if (flags.seed != 1) text += fmt::format(" --seed {}", flags.seed);
  return text + (flags.quick ? " --quick" : "");
}

void attend(const Flags& flags) {
  if (flags.threads != 0) set_num_threads(flags.threads);
  const TrainedModel trained = load_run(flags.run);
  const std::string out = flags.out.empty() ? flags.run + "/attention" : flags.out;
  os::make_folder(out);  // before the work, so that a path that will not do is found at once
  manual_seed(~(trained.config.settings.seed +
                1'000'003 * flags.seed));  // a twin, and never the model's own beginning
  const models::Gpt untrained(trained.model.config);
  const lab::Material material = material_of(trained, untrained, flags);
  Terminal terminal;
  lab::Analysis a =
      analyse(material, [&](const std::string& what) { terminal.refresh("  " + what + " ..."); });
  terminal.clear();
  a.source = flags.run;
  a.command = typed(flags);
  for (const auto& [name, parameter] : named_parameters(trained.model)) a.parameters += parameter.numel();
  const std::size_t head = focus(a, flags.head);
  show(a, head, terminal);
  write_outputs(a, head, out, terminal);
}

}  // namespace

void add_attend(CLI::App& program) {
  static Flags flags;
  CLI::App* command =
      program.add_subcommand("attend", "See what a trained model's heads look at, and whether it matters");
  command->add_option("run", flags.run, "the run folder")->required()->type_name("DIR");
  command->add_option("text", flags.texts, "texts to show (default: one that suits the model)")
      ->type_name("TEXT");
  command
      ->add_option("--data", flags.data,
                   "measure on the last tenth of this text (default: on the run's validation text)")
      ->type_name("FILE");
  command->add_option("--out", flags.out, "where to write (default: attention/ in the run folder)")
      ->type_name("DIR");
  command->add_option("--head", flags.head, "the head to draw large, such as L1H2")->type_name("HEAD");
  command
      ->add_option("--windows", flags.windows,
                   "how many windows of text to measure on (default: 64, fewer for a large model)")
      ->check(CLI::Range(1, 100000).description(""));
  command->add_option("--seed", flags.seed, "of the random texts and the untrained model");
  command
      ->add_option("--threads", flags.threads,
                   "threads (default: one for each CPU); the result does not depend on it")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command->add_flag("--quick", flags.quick, "look only: remove no heads and cut no connections");
  command->footer(
      "Example:\n  gradus attend runs/tales\n  gradus attend runs/tales \"the dog chased the hen because it "
      "was hungry\"");
  command->callback([] { attend(flags); });
}

}  // namespace gradus::tools
