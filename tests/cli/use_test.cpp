// What one does with a trained model: generate, eval; and the commands that need none: gradcheck, info.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "command.h"
#include "gradus/base/version.h"
#include "gradus/io/npy.h"
#include "place.h"

using namespace cli;

namespace {

struct Place : Folder {
  Place() {
    write(*this / "text.txt", some_text());
    trained = run(*this, "train --data text.txt --steps 60 --warmup 5 --out run" + tiny);
  }
  std::string generate(const std::string& flags) const {
    const Result r = run(*this, "generate run " + flags);
    INFO(r.err);
    CHECK(r.status == 0);
    return r.out;
  }
  Result trained;
};

double said(const std::string& out, const std::string& name) {
  const std::size_t at = out.find(name);
  return at == std::string::npos ? std::nan("") : std::strtod(out.c_str() + at + name.size(), nullptr);
}

}  // namespace

TEST_CASE("a text is continued the same way for the same seed") {
  const Place place;
  REQUIRE(place.trained.status == 0);
  const std::string text = place.generate("--prompt 'the cat' --tokens 40 --seed 3");
  CHECK(text.starts_with("the cat"));
  CHECK(text.size() == 7 + 40 + 1);  // the prompt, 40 characters (past the context of 16), a line break
  CHECK(text == place.generate("--prompt 'the cat' --tokens 40 --seed 3"));
  CHECK(text != place.generate("--prompt 'the cat' --tokens 40 --seed 4"));
  CHECK(place.generate("--prompt 'the cat' --tokens 20 --seed 3") == text.substr(0, 27) + "\n");
  CHECK(place.generate("--tokens 0") == "\n\n");
}

TEST_CASE("greedy is what the other ways come to when they leave one choice") {
  const Place place;
  REQUIRE(place.trained.status == 0);
  const std::string greedy = place.generate("--prompt cat --tokens 30 --greedy");
  CHECK(greedy == place.generate("--prompt cat --tokens 30 --temperature 0"));
  CHECK(greedy == place.generate("--prompt cat --tokens 30 --top-k 1 --seed 5"));
  CHECK(greedy == place.generate("--prompt cat --tokens 30 --top-p 0 --seed 6"));
  CHECK(greedy != place.generate("--prompt cat --tokens 30 --temperature 2"));
}

TEST_CASE("eval measures the loss that training saw") {
  const Place place;
  REQUIRE(place.trained.status == 0);
  const auto log = lines(read(place / "run/log.jsonl"));
  const Result own = run(place, "eval run");
  REQUIRE(own.status == 0);
  CHECK(said(own.out, "loss") == doctest::Approx(number(log.back(), "val_loss")).epsilon(1e-6));

  const Result all = run(place, "eval run --data text.txt");
  REQUIRE(all.status == 0);
  const double loss = said(all.out, "loss"), tokens = said(all.out, "tokens");
  CHECK(tokens == static_cast<double>(some_text().size() - 1));
  CHECK(said(all.out, "perplexity") == doctest::Approx(std::exp(loss)).epsilon(1e-4));
  CHECK(said(all.out, "bits per byte") ==
        doctest::Approx(loss / std::log(2.0)).epsilon(1e-3));  // a character is a byte here
}

TEST_CASE("logits are written as an array that other programs read, and agree with greedy generation") {
  const Place place;
  REQUIRE(place.trained.status == 0);
  REQUIRE(run(place, "eval run --tokens 5,7,3 --logits out.npy").status == 0);
  const gradus::Tensor logits = gradus::load_npy(place / "out.npy");
  REQUIRE(logits.dim() == 2);
  CHECK(logits.size(0) == 3);
  CHECK(logits.dtype() == gradus::Dtype::float32);
  // A prefix sees only itself: its logits are the first rows of the whole.
  REQUIRE(run(place, "eval run --tokens 5,7 --logits two.npy").status == 0);
  const auto whole = logits.to_vector<float>(), two = gradus::load_npy(place / "two.npy").to_vector<float>();
  REQUIRE(two.size() == static_cast<std::size_t>(2 * logits.size(1)));
  for (std::size_t i = 0; i < two.size(); ++i) CHECK(std::abs(two[i] - whole[i]) <= 1e-4);
}

TEST_CASE("gradcheck prints a table and passes; an impossible tolerance fails with exit code 1") {
  const Folder place;
  const Result r = run(place, "gradcheck softmax matmul --order 2");
  INFO(r.err);
  CHECK(r.status == 0);
  for (const char* word : {"softmax", "matmul", "first order", "second order", "yes", "agree"})
    CHECK_MESSAGE(r.out.find(word) != std::string::npos, word);
  const Result strict = run(place, "gradcheck div pow --tolerance 1e-12");
  CHECK(strict.status == 1);
  CHECK(strict.out.find("NO") != std::string::npos);
  CHECK(strict.err.find("gradients are wrong") != std::string::npos);
}

TEST_CASE("info names the version and the machine; help shows an example of everything") {
  const Folder place;
  const Result info = run(place, "info");
  CHECK(info.status == 0);
  for (const char* word : {gradus::version, "compiler", "CPU", "SIMD", "BLAS", "core", "threads"})
    CHECK_MESSAGE(info.out.find(word) != std::string::npos, word);
  CHECK(run(place, "--version").out == "gradus " + std::string(gradus::version) + "\n");
  for (const char* command : {"", "train ", "generate ", "eval ", "gradcheck ", "info "}) {
    const Result help = run(place, command + std::string("--help"));
    CHECK(help.status == 0);
    CHECK(help.out.find("Example:") != std::string::npos);
    CHECK(help.err.empty());
  }
}

TEST_CASE("a warning says when OPENBLAS_CORETYPE holds the CPU back") {
  const Folder place;
  const Result info = run(place, "info");
  if (info.out.find("SIMD      AVX") == std::string::npos) return;  // OpenBLAS reads the variable on x86 only
  const Result limited = shell(place, "OPENBLAS_CORETYPE=Nehalem '" + place::program() + "' info");
  CHECK(limited.status == 0);
  CHECK(limited.err.find("OPENBLAS_CORETYPE=Nehalem") != std::string::npos);
  CHECK(shell(place, "unset OPENBLAS_CORETYPE; '" + place::program() + "' info").err.empty());
}
