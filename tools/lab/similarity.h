#pragma once
#include <cstdint>
#include <vector>

#include "gradus/tensor/tensor.h"

namespace gradus::lab {

/// How much each two of H heads differ in what they look at on the same texts: the Jensen-Shannon divergence of their rows,
/// in nats, averaged over rows and texts.   maps [N, H, T, T] of N texts -> [H, H] float64, symmetric with a diagonal of 0
/// It is between 0 and ln 2; its square root is a metric. Of each text `rows` rows from row 2 on are looked at, or all if
/// there are no more, the same for all heads: which ones depends on the seed and the place of the text. Maps with texts for
/// heads and heads for texts ([H, N, T, T], transposed) tell how much heads differ from themselves between texts.
/// Error (numerical): a row that is not a distribution.
Tensor pattern_divergence(const Tensor& maps, std::int64_t rows = 64, std::uint64_t seed = 0);

// The two below read distances [H, H]: finite, not negative, symmetric, 0 on the diagonal, or it is an error (numerical).

/// Places in the plane whose distances are as like the given ones as a projection can make them: classical multidimensional
/// scaling (Torgerson 1952), the two largest principal axes of the centred Gram matrix.   [H, H] -> [H, 2] float64
/// Distances of points in a plane are kept. Along each axis the place furthest from the middle is on the positive side.
Tensor multidimensional_scaling(const Tensor& distances);

/// A partition of heads: the cluster of each, numbered in the order of their first heads.
struct Clusters {
  std::vector<std::int64_t> of;
  double silhouette = 0;  ///< of this partition, the mean over heads; below 0.25 one does not speak of groups
};

/// Average linkage (UPGMA): the two clusters whose members are nearest to each other on average become one, until there are
/// k; of k = 2 ... 8, but fewer than heads, the k with the largest mean silhouette (Rousseeuw 1987), the smallest of equals.
/// One cluster, with silhouette 0, where no partition has a positive one: below 3 heads, and when all are equally far apart.
Clusters average_linkage(const Tensor& distances);

}  // namespace gradus::lab
