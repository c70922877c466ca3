#include "gradus/autograd/modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gradus/kernels/gemm.h"

namespace gradus {
namespace {

struct Modes {
  bool recording = true;
  bool evaluating = false;
  Capture* capture = nullptr;
  Intervene* intervene = nullptr;
};
constinit thread_local Modes modes;

}  // namespace

bool recording() { return modes.recording; }
bool evaluating() { return modes.evaluating; }

RecordMode::RecordMode(bool on) : before_(std::exchange(modes.recording, on)) {}
RecordMode::~RecordMode() { modes.recording = before_; }

Eval::Eval()
    : before_(std::exchange(modes.evaluating, true)), rows_before_(kernels::RowInvariant::exchange(true)) {}
Eval::~Eval() {
  modes.evaluating = before_;
  kernels::RowInvariant::exchange(rows_before_);
}

Capture::Capture() : before_(std::exchange(modes.capture, this)) {}
Capture::~Capture() { modes.capture = before_; }

void Capture::add(std::string_view layer, Tensor weights, Tensor output) {
  entries_.push_back({std::string(layer), std::move(weights), std::move(output)});
}

const Capture::Entry& Capture::of(std::string_view layer) const {
  for (auto e = entries_.rbegin(); e != entries_.rend(); ++e)
    if (e->layer == layer) return *e;
  std::string seen;
  for (const Entry& e : entries_)
    seen += (seen.empty() ? "" : ", ") +
            (e.layer.empty() ? "one without a name (call name_layers(model))" : e.layer);
  fail(fmt::format("capture: no attention layer named '{}' ran; seen: {}", layer,
                   seen.empty() ? "none" : seen));
}

Intervention cut_edge(std::string layer, std::int64_t head, std::int64_t query, std::int64_t key) {
  return {Intervention::What::cut, std::move(layer), head, query, key, {}};
}
Intervention gate_heads(std::string layer, Tensor gates) {
  return {Intervention::What::gate, std::move(layer), -1, -1, -1, std::move(gates)};
}
Intervention replace_output(std::string layer, std::int64_t head, Tensor output) {
  return {Intervention::What::output, std::move(layer), head, -1, -1, std::move(output)};
}
Intervention replace_pattern(std::string layer, std::int64_t head, Tensor weights) {
  return {Intervention::What::pattern, std::move(layer), head, -1, -1, std::move(weights)};
}

Intervene::Intervene(std::vector<Intervention> changes)
    : changes_(std::move(changes)), before_(std::exchange(modes.intervene, this)) {}
Intervene::~Intervene() { modes.intervene = before_; }

Capture* active_capture() { return modes.capture; }

std::vector<Intervention> interventions_for(std::string_view layer) {
  std::vector<Intervention> found;
  for (const Intervene* guard = modes.intervene; guard; guard = guard->before_) {
    std::vector<Intervention> here;
    for (const Intervention& change : guard->changes_)
      if (change.layer == layer) here.push_back(change);
    found.insert(found.begin(), here.begin(), here.end());
  }
  return found;
}

}  // namespace gradus
