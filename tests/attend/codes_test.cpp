#include "tools/lab/codes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "attend/planted.h"
#include "gradus/base/random.h"

using namespace gradus;
using namespace gradus::lab;

namespace {

/// A map whose weights are all `p`.
Tensor constant(double p, std::int64_t T = 2) { return full({T, T}, p, Dtype::float64); }

double back8(double p) { return from_e8(e8(constant(p, 1)), 1).item(); }
double back16(double p) { return from_e16(e16(constant(p, 1)), 1).item(); }

std::vector<int> bytes_of(const std::string& text) {
  std::vector<int> bytes;
  for (const char c : text) bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

}  // namespace

TEST_CASE("codes are those that the format names") {
  CHECK(bytes_of(e8(constant(1, 1))) == std::vector<int>{255});
  CHECK(bytes_of(e8(constant(0.5, 1))) == std::vector<int>{239});  // 255 - 254 / 16
  CHECK(bytes_of(e8(constant(0x1p-8, 1))) == std::vector<int>{128});
  CHECK(bytes_of(e8(constant(0x1p-16, 1))) == std::vector<int>{1});
  CHECK(bytes_of(e8(constant(0.99 * 0x1p-16, 1))) == std::vector<int>{0});
  CHECK(bytes_of(e8(constant(0, 1))) == std::vector<int>{0});
  CHECK(bytes_of(e16(constant(1, 1))) == std::vector<int>{255, 255});
  CHECK(bytes_of(e16(constant(0.25, 1))) == std::vector<int>{0, 128});  // round(32767.5), low byte first
  CHECK(bytes_of(e16(constant(0, 1))) == std::vector<int>{0, 0});
}

TEST_CASE("only what may be seen is kept, row by row") {
  const Tensor map = tensor({{1, 0.9, 0.9}, {0.25, 0.75, 0.9}, {0.5, 0.125, 0.375}}, Dtype::float64);
  const std::string codes = e8(map);
  REQUIRE(codes.size() == 6);
  std::string one_by_one;
  for (const double p : {1.0, 0.25, 0.75, 0.5, 0.125, 0.375}) one_by_one += e8(constant(p, 1));
  CHECK(codes == one_by_one);
  CHECK(e16(map).size() == 12);
  const Tensor read = from_e16(e16(map), 3);
  CHECK(read.shape() == Shape{3, 3});
  for (int q = 0; q < 3; ++q)
    for (int k = 0; k < 3; ++k) {
      const double want = k > q ? 0 : map[q][k].item();
      CHECK(std::abs(read[q][k].item() - want) <= 1e-4);
    }
  CHECK(e8(planted::random_maps({40, 40})).size() == 820);
}

TEST_CASE("a weight comes back within the error that the format promises") {
  const Philox random{5, 0};
  double worst8 = 0, worst16 = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double p = std::exp2(-16 * random.uniform(i));
    worst8 = std::max(worst8, std::abs(back8(p) / p - 1));
    if (p >= 1.0 / 512) worst16 = std::max(worst16, std::abs(back16(p) / p - 1));
  }
  CHECK(worst8 <= 0.0221);
  CHECK(worst8 >= 0.021);  // the bound is tight: a finer promise would be wrong
  CHECK(worst16 <= 0.0004);
  CHECK(std::abs(back16(1e-6) / 1e-6 - 1) <= 0.016);
  CHECK(back8(1) == 1);
  CHECK(back8(0) == 0);
  CHECK(back16(1) == 1);
  CHECK(back16(0) == 0);
}

TEST_CASE("larger weights have codes that are not smaller") {
  double before8 = 0, before16 = 0;
  for (int i = 0; i <= 4000; ++i) {
    const double p = std::exp2(-18 + 18 * i / 4000.0);
    CHECK(back8(p) >= before8);
    CHECK(back16(p) >= before16);
    before8 = back8(p);
    before16 = back16(p);
  }
}

TEST_CASE("maps are read wherever they lie, in either precision, and are left alone") {
  const Tensor maps = planted::random_maps({2, 3, 7, 7});
  const Values before = values(maps);
  const Tensor view = maps.transpose(0, 1)[2][1];
  CHECK(e16(view) == e16(view.contiguous()));
  CHECK(e8(maps[0][0].to(Dtype::float32)) == e8(maps[0][0].to(Dtype::float32).to(Dtype::float64)));
  CHECK(values(maps) == before);
  CHECK(e8(zeros({0, 0})).empty());
}

TEST_CASE("a softmax's row may sum to a little more than 1, and no weight to more") {
  CHECK(back8(1 + 5e-6) == 1);
  CHECK(back16(1 + 5e-6) == 1);
  for (const double p : {1.1, -1e-9, std::nan(""), inf, -inf}) {
    CHECK(has(error_of([&] { e8(constant(p)); }), "query 0, key 0"));
    CHECK(has(error_of([&] { e16(constant(p)); }), "a weight is from 0 to 1"));
  }
  CHECK(has(error_of([] { e8(zeros({2, 3})); }), "[T, T], not [2, 3]"));
  CHECK(has(error_of([] { e16(zeros({4})); }), "[T, T], not [4]"));
  CHECK(has(error_of([] { e8({}); }), "undefined"));
  CHECK(has(error_of([] { from_e8("abcd", 2); }), "has 3 bytes of codes, not 4"));
  CHECK(has(error_of([] { from_e16("abc", 2); }), "has 6 bytes of codes, not 3"));
  CHECK(has(error_of([] { from_e16("", -1); }), "side -1"));
}

TEST_CASE("pooling keeps the largest visible weight of each block") {
  for (const std::int64_t T : {1, 2, 5, 16, 33})
    for (const std::int64_t side : {1, 2, 3, 7, 16, 40}) {
      const Tensor maps = planted::random_maps({2, T, T});
      const Tensor small = pooled(maps, side);
      const std::int64_t S = std::min(side, T);
      REQUIRE(small.shape() == Shape{2, S, S});
      for (std::int64_t n = 0; n < 2; ++n)
        for (std::int64_t i = 0; i < S; ++i)
          for (std::int64_t j = 0; j < S; ++j) {
            double most = 0;
            for (std::int64_t q = i * T / S; q < (i + 1) * T / S; ++q)
              for (std::int64_t k = j * T / S; k < (j + 1) * T / S && k <= q; ++k)
                most = std::max(most, maps[n][q][k].item());
            CHECK(small[n][i][j].item() == most);
          }
    }
  // A diagonal one token wide stays as bright as it is.
  const Tensor diagonal = pooled(planted::looks_back(512, 1), 64);
  for (int i = 0; i < 64; ++i) CHECK(diagonal[i][i].item() == 1);
}

TEST_CASE("pooling hides no weight that is not a number, and looks at no future") {
  const Tensor map = planted::spread_evenly(8);
  planted::at(map, 5, 3) = std::nan("");
  planted::at(map, 2, 7) = 99;
  const Tensor small = pooled(map, 4);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) CHECK(std::isnan(small[i][j].item()) == (i == 2 && j == 1));
  CHECK(small[1][3].item() == 0);
  CHECK(has(error_of([] { pooled(zeros({2, 3}), 2); }), "[..., T, T]"));
  CHECK(has(error_of([] { pooled(zeros({3, 3}), 0); }), "a side of 1 or more"));
}

TEST_CASE("base64 is RFC 4648's") {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {std::string("\0\0\0", 3), "AAAA"},
                                                                    {"\xFF\xFF\xFE", "///+"}};
  for (const auto& [bytes, text] : vectors) CHECK(base64(bytes) == text);
}
