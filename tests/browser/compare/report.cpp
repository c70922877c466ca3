// gradus_compare_report MAPS TOKENS REPORT: the attention report of maps that another program made, so that other
// visualisers can be measured on the same ones. MAPS: .npy, float32 [L, H, T, T]. TOKENS: a line each. The report is whole,
// with every view that a trained model's has but training; its scores and findings are invented, as no model is there.
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "attend/synthetic.h"
#include "gradus/io/npy.h"
#include "tools/lab/report.h"
#include "tools/lab/rollout.h"

using namespace gradus::lab;

namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// One text, which these maps are of.   maps [L, H, T, T]
Analysis analysis_of(const gradus::Tensor& maps, std::vector<std::string> tokens) {
  Analysis a = synthetic::analysis({.layers = maps.size(0), .heads = maps.size(1), .tokens = maps.size(2)});
  a.integrity = integrity(maps);
  ShownText& text = a.texts.at(0);
  text.maps = maps;
  text.rollout = rollout(maps);
  text.tokens = std::move(tokens);
  return a;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: gradus_compare_report MAPS TOKENS REPORT");
  std::ofstream out(argv[3], std::ios::binary);
  out << report(analysis_of(gradus::load_npy(argv[1]), lines_of(argv[2])));
  if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + argv[3]);
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
