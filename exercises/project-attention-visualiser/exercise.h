#pragma once
#include <string>
#include <vector>

#include "exercises/common/elements.h"
#include "exercises/common/language_model.h"
#include "exercises/common/sentences.h"
#include "exercises/common/todo.h"
#include "gradus/autograd/modes.h"
#include "gradus/io/checkpoint.h"
#include "gradus/ops/arithmetic.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/views.h"
#include "gradus/tensor/creation.h"
#include "tools/lab/heatmap.h"
#include "tools/lab/metrics.h"
#include "tools/lab/page.h"

namespace gradus::exercises {

// N sentences of T tokens; L layers of H heads. Maps have the query down and the key across.

// ----- 1. the model

/// The cross-entropy of each prediction, in nats: of token t + 1, from row t of the logits. On the tape when it is
/// recording: training calls this too.   ids [N, T] -> [N, T - 1]
Tensor token_losses(const LanguageModel& model, const Tensor& ids);

/// The mean of these losses over all predictions, without dropout and off the tape.
double held_out_loss(const LanguageModel& model, const Tensor& ids);

/// A model of at least 2 layers with at least 2 heads each that has learnt the corpus.
LanguageModel train_model(Corpus corpus, std::uint64_t seed);

/// Writes a model so that load_model, which gets the file and nothing else, makes the same one again.
void save_model(const std::string& path, const LanguageModel& model);
LanguageModel load_model(const std::string& path);

// ----- 2. extraction

/// Every head's attention weights, without dropout and off the tape; the model stays what it was, and so does everything
/// else (modes, random numbers).   ids [N, T] -> [N, L, H, T, T]
Tensor extract(const LanguageModel& model, const Tensor& ids);

// ----- 3. analysis

/// How much each prediction loses when one head's output is set to 0, in nats: the mean over the sentences of its loss
/// without the head, less that with it. Without dropout and off the tape.   ids [N, T] -> [L, H, T - 1]
Tensor damage(const LanguageModel& model, const Tensor& ids);

/// What is known about a head: means over all sentences and over the rows 2 ... T - 1, as the lab's.
struct Head {
  std::int64_t layer = 0, head = 0;
  double entropy = 0;         ///< of its rows, in nats
  double previous = 0;        ///< its weight on the token before
  double first = 0;           ///< on the first token
  double current = 0;         ///< on the query's own token
  double referent = 0;        ///< on the referent, in the one row that predicts the answer (of each sentence)
  double damage = 0;          ///< the mean over all predictions
  std::string role = "none";  ///< role_of the numbers above
};
std::vector<Head> analyse(const LanguageModel& model, const Sentences& sentences);  ///< layer by layer

/// "previous", "first", "current" or "referent": the largest of these four scores, if it is at least 0.5 and the
/// damage is at least 0.05. Otherwise "none": a head that looks somewhere and is not needed has no role.
std::string role_of(const Head& head);

// ----- 4. the page

/// One HTML page that needs nothing else: a map of every head, in order, and the table of the analysis.
///   maps [L, H, T, T] of one sentence, tokens: its T words; heads: L H of them, in the same order
/// Maps are drawn as lab::svg_heatmap does: a <rect class="cell"> for each weight with x, y and fill-opacity, a <text>
/// for each label; in or below every <svg> stands which head it is, as "layer 0, head 1". A row of the table (<tr>)
/// tells of a head: layer, head, entropy, previous, first, current, referent, damage (three digits after the point), role.
std::string attention_page(const Tensor& maps, const std::vector<std::string>& tokens,
                           const std::vector<Head>& heads);

// ----- 5. do heads differ?

/// The Jensen-Shannon divergence of each two heads' offset profiles (means over the sentences), in nats.
///   maps [N, L, H, T, T] -> [L H, L H]
Tensor divergences(const Tensor& maps);

/// Take the two heads that are furthest apart. They differ when they are at least 0.3 apart, each of them does damage of at
/// least 0.05 to some prediction, and the prediction that suffers most is another one for each.
///   divergences [L H, L H], damage [L H, T - 1]
bool heads_differ(const Tensor& divergences, const Tensor& damage);

}  // namespace gradus::exercises
