#pragma once
// What the answers are compared with: the model's logits, Capture and Intervene, and from there plain loops in double.
#include <vector>

#include "exercise.h"
#include "exercises/common/checks.h"
#include "exercises/common/maps.h"
#include "tools/lab/specialise.h"

namespace gradus::exercises::judge {

/// A model that was not trained, with dropout, and heads that look somewhere. All its sizes are different.
LanguageModel model();
/// L, H, V of the model; N, T of the sentences.
inline constexpr std::int64_t N = 2, L = 3, H = 4, T = 5, V = 11;

/// N sentences of random words, with a referent, a distractor and an answer in each.
Sentences sentences(const Trial& t, std::int64_t n = N, std::int64_t length = T);

/// float32 of a result that may be float64, as the lab's are.
Tensor floats(const Tensor& x);
/// The model's logits without dropout and tape.   [N, T, V]
Array logits(const LanguageModel& model, const Tensor& ids);
/// -ln of the probability that row t gives to token t + `ahead`, for all t that have one.   [N, T - ahead]
Array losses(const Array& logits, const Tensor& ids, std::int64_t ahead = 1);
double mean(const Array& x);

Array maps(const LanguageModel& model, const Tensor& ids);  ///< [N, L, H, T, T]
/// [N, L, H, T, T] -> [N, L H, T, T]
Array side_by_side(Array maps);

/// gates [L, H]: what each head's output is multiplied by. The losses' mean over the sentences.   [T - 1]
Array losses_with(const LanguageModel& model, const Tensor& ids, const Array& gates);
Array damage(const LanguageModel& model, const Tensor& ids);  ///< [L, H, T - 1]

/// How far above the entropy of its text a model may stay, in nats per prediction.
inline constexpr double room_to_learn = 0.05;

std::vector<Head> analyse(const LanguageModel& model, const Sentences& sentences);
const char* role_of(const Head& head);
bool heads_differ(const Array& divergences, const Array& damage);  ///< by the lab's rule

// Fails with the cause that explains what the learner's functions give.
void expect_extraction(const LanguageModel& model, const Tensor& ids);
void expect_analysis(const LanguageModel& model, const Sentences& sentences);
Array expect_divergences(const LanguageModel& model, const Tensor& ids);  ///< returns what is right

}  // namespace gradus::exercises::judge
