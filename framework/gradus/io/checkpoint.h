#pragma once
#include <string>

#include "gradus/io/safetensors.h"
#include "gradus/nn/module.h"
#include "gradus/optim/optimizer.h"

namespace gradus {

/// Writes the parameters of a model as safetensors, under their paths ("blocks.0.attention.qkv.weight").
void save(const std::string& path, const Fields& model, const Metadata& metadata = {});

/// Reads them back into a model of the same shapes. Error (input), before anything is changed, when the file
/// lacks a parameter, has one that the model does not, or one of another shape or type; it lists them.
void load(const std::string& path, const Fields& model);

/// Writes all that a training run needs to go on bit for bit, in one file: parameters, AdamW's moments and
/// step count, the calling thread's generator, and the caller's notes (not "step", "format" or "generator.
/// ..."). The optimizer must have been given parameters(model).
void save_training(const std::string& path, const Fields& model, const AdamW& optimizer,
                   const Metadata& notes = {});

/// Reads it back and returns the notes. Errors as load().
Metadata load_training(const std::string& path, const Fields& model, AdamW& optimizer);

template <class M>
requires requires(const M& m) { m.fields(); }
void save(const std::string& path, const M& model, const Metadata& metadata = {}) {
  save(path, model.fields(), metadata);
}
template <class M>
requires requires(const M& m) { m.fields(); }
void load(const std::string& path, const M& model) { load(path, model.fields()); }
template <class M>
requires requires(const M& m) { m.fields(); }
void save_training(const std::string& path, const M& model, const AdamW& optimizer,
                   const Metadata& notes = {}) {
  save_training(path, model.fields(), optimizer, notes);
}
template <class M>
requires requires(const M& m) { m.fields(); }
Metadata load_training(const std::string& path, const M& model, AdamW& optimizer) {
  return load_training(path, model.fields(), optimizer);
}

}  // namespace gradus
