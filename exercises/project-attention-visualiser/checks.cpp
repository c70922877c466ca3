#include "exercises/common/checks.h"

#include "parts.h"

namespace gradus::exercises {

const Exercise exercise{
    {
        {"losses", "row t of the logits is judged by token t + 1", losses_of_tokens},
        {"tape", "training can make these losses smaller", losses_on_the_tape},
        {"held-out loss", "the mean loss, without dropout", loss_held_out},
        {"reload", "a model comes back from its file as it was", model_comes_back},
        {"extraction", "the maps of every sentence, layer and head are the model's own", maps_are_the_models},
        {"fresh maps", "other sentences and other models give other maps", maps_are_fresh},
        {"no trace", "looking into a model changes nothing", maps_leave_no_trace},
        {"damage", "what each prediction loses without a head", damage_of_heads},
        {"roles", "a role needs a score and damage", roles},
        {"analysis", "the numbers of each head agree with plain loops", analysis_of_heads},
        {"page", "the page is well-formed and needs nothing else", page_stands_alone},
        {"maps on the page", "every head has its map: named, labelled, on one scale", page_shows_maps},
        {"numbers on the page", "the table holds the analysis", page_shows_numbers},
        {"divergences", "how far apart the profiles of heads are", divergences_of_profiles},
        {"rule", "heads differ when the rule says so", rule_for_differing},
        {"sounds", "a model learns the corpus of sounds", trained_on_sounds, true},
        {"roles learnt", "a model learns the corpus of roles", trained_on_roles, true},
        {"trained heads", "maps and numbers of the trained model agree with plain loops", trained_heads,
         true},
        {"conclusion", "whether its heads differ is what the numbers say", conclusion, true},
    },
    experiment,
    numbers};

}  // namespace gradus::exercises
