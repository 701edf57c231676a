// SPDX-License-Identifier: Apache-2.0
#include "workloads/dataset/dataset.h"

#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "workloads/dataset/array_file.h"

namespace crosstile {

Images readImages(const std::string& path, int limit) {
  const NumberArray array = readArray(path, limit);
  if (array.dims.size() < 2) throw BadInput("{}: a list of {} numbers, not images", path, array.dims[0]);
  Images images;
  std::int64_t size = 1;
  for (std::size_t d = 1; d < array.dims.size(); ++d) {
    size *= array.dims[d];
    if (array.dims[d] < 1 || size > std::numeric_limits<int>::max()) {
      throw BadInput("{}: images of {}", path, fmt::join(array.dims.begin() + 1, array.dims.end(), "x"));
    }
    images.shape.push_back(static_cast<int>(array.dims[d]));
  }
  if (array.dims[0] < 1 || array.dims[0] > std::numeric_limits<int>::max()) {
    throw BadInput("{}: holds {} images", path, array.dims[0]);
  }
  images.count = static_cast<int>(array.dims[0]);
  images.values.reserve(array.values.size());
  for (const double value : array.values) {
    if (!std::isfinite(static_cast<float>(value))) {
      throw BadInput("{}: image {}: holds NaN or infinity", path,
                     images.values.size() / static_cast<std::size_t>(size));
    }
    images.values.push_back(static_cast<float>(value));
  }
  return images;
}

std::vector<int> readLabels(const std::string& path, int limit) {
  const NumberArray array = readArray(path, limit);
  for (std::size_t d = 1; d < array.dims.size(); ++d) {
    if (array.dims[d] != 1)
      throw BadInput("{}: {} numbers: not a list of labels", path, fmt::join(array.dims, "x"));
  }
  if (array.values.empty()) throw BadInput("{}: holds no labels", path);
  std::vector<int> labels;
  labels.reserve(array.values.size());
  for (const double value : array.values) {
    if (!(value >= 0 && value <= std::numeric_limits<int>::max()) || value != std::floor(value)) {
      throw BadInput("{}: label {} is {}: must be an integer from 0", path, labels.size(), value);
    }
    labels.push_back(static_cast<int>(value));
  }
  return labels;
}

}  // namespace crosstile
