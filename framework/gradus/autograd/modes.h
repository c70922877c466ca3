#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Modes are scoped guards, one set per thread, read once at an op's door.

bool recording();   ///< do ops record themselves on the tape?
bool evaluating();  ///< is dropout off?

class RecordMode {
 public:
  explicit RecordMode(bool on);
  ~RecordMode();
  RecordMode(const RecordMode&) = delete;
  RecordMode& operator=(const RecordMode&) = delete;

 private:
  bool before_;
};

/// NoGrad off;  -- nothing is recorded while `off` lives.
struct NoGrad : RecordMode {
  NoGrad() : RecordMode(false) {}
};

/// Eval eval;  -- while `eval` lives dropout is the identity, and products are cut so that what a sequence gives has the
/// same bits whatever else is in the batch.
class Eval {
 public:
  Eval();
  ~Eval();
  Eval(const Eval&) = delete;
  Eval& operator=(const Eval&) = delete;

 private:
  bool before_, rows_before_;
};

/// Capture seen;  logits = model(x);  seen.weights("blocks.0.attention")  -- the attention weights [B, H, Tq,
/// Tk] of every layer that ran while `seen` lives, by layer name, and what each head made of them. Logits are
/// the same bits with and without it.
class Capture {
 public:
  struct Entry {
    std::string layer;
    Tensor weights, output;
  };
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  const std::vector<Entry>& entries() const { return entries_; }  ///< in the order in which the layers ran
  /// Of the last layer of that name; error lists the names seen.
  const Tensor& weights(std::string_view layer) const { return of(layer).weights; }
  const Tensor& output(std::string_view layer) const { return of(layer).output; }  ///< [B, H, Tq, Dv]
  void add(std::string_view layer, Tensor weights, Tensor output);

 private:
  const Entry& of(std::string_view layer) const;

  std::vector<Entry> entries_;
  Capture* before_;
};

/// One change to what a named attention layer does. Build it with the functions below.
struct Intervention {
  enum class What { cut, gate, output, pattern };
  What what;
  std::string layer;
  std::int64_t head = -1;  ///< -1: every head
  std::int64_t query = -1, key = -1;
  Tensor value;
};

/// Head `head` of `layer` may no longer look from position `query` at position `key`; the row is normalised
/// over the rest.
Intervention cut_edge(std::string layer, std::int64_t head, std::int64_t query, std::int64_t key);
/// Multiplies each head's output by gates [H]; differentiable, so the gradient of a gate is the head's
/// first-order importance.
Intervention gate_heads(std::string layer, Tensor gates);
/// Replaces a head's output by `output`, broadcastable to [B, Tq, Dv]: zero and mean ablation.
Intervention replace_output(std::string layer, std::int64_t head, Tensor output);
/// Replaces a head's attention weights by `weights`, broadcastable to [B, Tq, Tk].
Intervention replace_pattern(std::string layer, std::int64_t head, Tensor weights);

/// Intervene change({cut_edge("blocks.0.attention", 0, 8, 2)});  -- in force while `change` lives.
class Intervene {
 public:
  explicit Intervene(std::vector<Intervention> changes);
  ~Intervene();
  Intervene(const Intervene&) = delete;
  Intervene& operator=(const Intervene&) = delete;

 private:
  friend std::vector<Intervention> interventions_for(std::string_view layer);
  std::vector<Intervention> changes_;
  Intervene* before_;
};

Capture* active_capture();                                            ///< null when nobody looks
std::vector<Intervention> interventions_for(std::string_view layer);  ///< outermost guard first

}  // namespace gradus
