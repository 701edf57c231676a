// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/base/error.h"
#include "workloads/dataset/dataset.h"

namespace crosstile {

namespace {

/// How an image's values are found: position p of channel c is at c * channelStride + p * positionStride.
struct Planes {
  int channels = 1;
  std::size_t positions = 1;
  std::size_t channelStride = 1;
  std::size_t positionStride = 1;
};

Planes planar(int channels, std::size_t positions) {
  return {channels, positions, positions, 1};
}
Planes interleaved(int channels, std::size_t positions) {
  return {channels, positions, 1, static_cast<std::size_t>(channels)};
}

std::size_t elements(const Shape& shape) {
  return static_cast<std::size_t>(elementCount(shape));
}

/// Dimensions other than 1.
Shape squeezed(Shape shape) {
  shape.erase(std::remove(shape.begin(), shape.end(), 1), shape.end());
  return shape;
}

/// Stored image: {H, W} and {n} have one channel, three dimensions are CHW or HWC.
Planes storedPlanes(const Shape& shape, ImageLayout layout) {
  if (shape.size() != 3) return planar(1, elements(shape));
  const bool chw = layout == ImageLayout::nchw;
  const int channels = chw ? shape[0] : shape[2];
  const std::size_t positions = elements(shape) / static_cast<std::size_t>(channels);
  return chw ? planar(channels, positions) : interleaved(channels, positions);
}

Shape channelsFirst(const Shape& shape, ImageLayout layout) {
  if (shape.size() != 3 || layout == ImageLayout::nchw) return shape;
  return {shape[2], shape[0], shape[1]};
}

Shape channelsLast(const Shape& chw) {
  return {chw[1], chw[2], chw[0]};
}

/// Where the network wants the values; also finds the channels of images stored as flat lists.
Planes networkPlanes(const Shape& chw, const Shape& input, Planes& stored) {
  const bool sameSize = elements(chw) == elements(input);
  const bool flat = chw.size() == 1 || input.size() == 1;
  if (squeezed(chw) == squeezed(input) || (sameSize && flat)) {
    if (chw.size() == 1 && input.size() == 3)
      stored = planar(input[0], elements(input) / static_cast<std::size_t>(input[0]));
    return planar(stored.channels, stored.positions);
  }
  if (chw.size() == 3 && channelsLast(chw) == input) return interleaved(stored.channels, stored.positions);
  throw BadInput("images of {} don't fit the network's input of {}", toString(chw), toString(input));
}

float ofChannel(const std::vector<float>& values, int channel, float fallback) {
  if (values.empty()) return fallback;
  return values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)];
}

void checkCount(const char* what, const std::vector<float>& values, int channels) {
  if (values.size() > 1 && static_cast<int>(values.size()) != channels) {
    throw BadInput("{}: {} values for images of {} channels", what, values.size(), channels);
  }
}

}  // namespace

std::vector<float> preprocess(const Images& images, const Shape& inputShape, const Preprocessing& how,
                              ImageLayout layout) {
  Planes from = storedPlanes(images.shape, layout);
  const Planes to = networkPlanes(channelsFirst(images.shape, layout), inputShape, from);
  checkCount("input mean", how.mean, from.channels);
  checkCount("input std", how.std, from.channels);
  const std::size_t size = elements(images.shape);
  std::vector<float> out(size * static_cast<std::size_t>(images.count));
  for (int c = 0; c < from.channels; ++c) {
    const float mean = ofChannel(how.mean, c, 0.0F), deviation = ofChannel(how.std, c, 1.0F);
    if (!(deviation > 0)) throw BadInput("input std: {}: must be above 0", deviation);
    for (int i = 0; i < images.count; ++i) {
      const float* in = images.image(i) + static_cast<std::size_t>(c) * from.channelStride;
      float* result =
          out.data() + static_cast<std::size_t>(i) * size + static_cast<std::size_t>(c) * to.channelStride;
      for (std::size_t p = 0; p < from.positions; ++p) {
        result[p * to.positionStride] = (in[p * from.positionStride] * how.scale - mean) / deviation;
      }
    }
  }
  return out;
}

}  // namespace crosstile
