#include "exercise.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradus::exercises {

Tensor token_losses(const LanguageModel& model, const Tensor& ids) {
  GRADUS_TODO("the loss of token t + 1 in row t");
}

double held_out_loss(const LanguageModel& model, const Tensor& ids) {
  GRADUS_TODO("the mean, without dropout and tape");
}

LanguageModel train_model(Corpus corpus, std::uint64_t seed) {
  GRADUS_TODO("a model of the right size, trained long enough");
}

void save_model(const std::string& path, const LanguageModel& model) {
  GRADUS_TODO("parameters, and the options that they belong to");
}

LanguageModel load_model(const std::string& path) {
  GRADUS_TODO("a model of the options in the file, then its parameters");
}

Tensor extract(const LanguageModel& model, const Tensor& ids) {
  GRADUS_TODO("run the model under Capture, and stack what its layers show");
}

Tensor damage(const LanguageModel& model, const Tensor& ids) {
  GRADUS_TODO("the losses without each head, less those with it");
}

std::vector<Head> analyse(const LanguageModel& model, const Sentences& sentences) {
  GRADUS_TODO("extract, measure, remove");
}

std::string role_of(const Head& head) {
  GRADUS_TODO("the largest score, if the head is needed");
}

std::string attention_page(const Tensor& maps, const std::vector<std::string>& tokens,
                           const std::vector<Head>& heads) {
  GRADUS_TODO("a heatmap of every head, and the table");
}

Tensor divergences(const Tensor& maps) {
  GRADUS_TODO("profiles, then each two of them");
}

bool heads_differ(const Tensor& divergences, const Tensor& damage) {
  GRADUS_TODO("the two that are furthest apart, and what each of them hurts");
}

}  // namespace gradus::exercises
