#pragma once
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

/// A number that was measured on samples, and where it might have been had the samples been others.
struct Interval {
  double value = 0, low = 0, high = 0;
};

// 95 % percentile bootstrap intervals (Efron & Tibshirani 1993, chapter 13): 1000 times as many samples are drawn anew from
// those at hand, with replacement, and the statistic is taken of each draw; low and high leave 2.5 % of the results on either
// side. A sample is a text, never a row of a map: rows of one text depend on each other, and would make intervals too narrow.
//
// The draws depend on N alone: every column, and every call for as many samples, has the same ones. Numbers about the same
// texts are compared in pairs, by the interval of their differences. One sample gives an interval without width. Where the
// statistic of some draw is not finite, the bounds are NaN.

/// The mean of samples [N, ...] over the first axis, one interval for each remaining element, row-major.
std::vector<Interval> mean_interval(const Tensor& samples);

/// sum(a) / sum(b) over the first axis, a ratio of means.   a, b [N, ...]
/// A draw in which b sums to 0 has no ratio, so where few samples have any b the bounds are NaN.
std::vector<Interval> ratio_interval(const Tensor& a, const Tensor& b);

}  // namespace gradus::lab
