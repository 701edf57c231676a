// SPDX-License-Identifier: Apache-2.0
// Images and labels from every format, and what is said of files that are damaged or don't fit.
#include "workloads/dataset/dataset.h"

#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/base/error.h"

namespace crosstile {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Dataset : public testing::Test {
 protected:
  Dataset() {
    std::string pattern = (std::filesystem::temp_directory_path() / "crosstile-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Dataset() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string writeGzip(const std::string& name, const std::string& bytes) const {
    gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return path(name);
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
};

std::string bigEndian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string idx(char type, const std::vector<std::uint32_t>& dims, const std::string& data) {
  std::string bytes{0, 0, type, static_cast<char>(dims.size())};
  for (const std::uint32_t d : dims) bytes += bigEndian(d);
  return bytes + data;
}

std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, 0, static_cast<char>(header.size()), 0};
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + data;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename F>
std::string errorOf(F f) {
  try {
    f();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "";
}

TEST_F(Dataset, readsIdxPlainAndGzipped) {
  const std::string bytes = idx(0x08, {3, 1, 2}, {1, 2, 3, 4, static_cast<char>(250), 6});
  for (const std::string& file : {write("plain", bytes), writeGzip("packed.gz", bytes)}) {
    const Images images = readImages(file);
    EXPECT_EQ(images.count, 3);
    EXPECT_EQ(images.shape, (Shape{1, 2}));
    EXPECT_THAT(images.values, ElementsAre(1, 2, 3, 4, 250, 6));
    EXPECT_EQ(images.image(2)[0], 250);
    EXPECT_THAT(readImages(file, 2).values, ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(readImages(file, 9).count, 3);
  }
}

TEST_F(Dataset, readsEveryIdxType) {
  EXPECT_THAT(readLabels(write("i2", idx(0x0B, {2}, {0, 5, 1, 0}))), ElementsAre(5, 256));
  EXPECT_THAT(readLabels(write("i4", idx(0x0C, {1}, bigEndian(70000)))), ElementsAre(70000));
  EXPECT_THAT(readImages(write("f4", idx(0x0D, {1, 1}, bigEndian(0x3FC00000)))).values, ElementsAre(1.5F));
  EXPECT_THAT(readImages(write("f8", idx(0x0E, {1, 1}, bigEndian(0xC0040000) + bigEndian(0)))).values,
              ElementsAre(-2.5F));
}

TEST_F(Dataset, readsNpyOfEveryType) {
  const auto header = [](const std::string& type) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': (2, 1, 2), }\n";
  };
  const auto values = [&](const std::string& bytes) { return readImages(write("x.npy", bytes)).values; };
  EXPECT_THAT(values(npy(header("|u1"), {1, 2, 3, 4})), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values(npy(header("<f4"), raw<float>({1, -2, 3, 0.5F}))), ElementsAre(1, -2, 3, 0.5F));
  EXPECT_THAT(values(npy(header("<f8"), raw<double>({1, 2, 3, 4}), 2)), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values(npy(header("<i8"), raw<std::int64_t>({1, -2, 3, 4}))), ElementsAre(1, -2, 3, 4));
  EXPECT_THAT(values(npy(header(">i2"), {0, 1, 1, 0, 0, 2, 0, 3})), ElementsAre(1, 256, 2, 3));
  const Images images = readImages(path("x.npy"), 1);
  EXPECT_EQ(images.shape, (Shape{1, 2}));
  EXPECT_EQ(images.count, 1);
  EXPECT_THAT(readLabels(write("y.npy", npy("{'shape': (2,), 'fortran_order': False, 'descr': '<i4'}\n",
                                            raw<int>({7, 8})))),
              ElementsAre(7, 8));
}

TEST_F(Dataset, readsCsv) {
  const Images images = readImages(write("x.csv", "# two images\n1, 2,3\r\n\n-4,+5,6.5\n"));
  EXPECT_EQ(images.shape, (Shape{3}));
  EXPECT_THAT(images.values, ElementsAre(1, 2, 3, -4, 5, 6.5F));
  EXPECT_THAT(readLabels(write("y.csv", "3\n0\n7")), ElementsAre(3, 0, 7));
  EXPECT_THAT(readLabels(write("y.csv", "3\n0\n7"), 2), ElementsAre(3, 0));
}

TEST_F(Dataset, saysWhatIsWrongWithAFile) {
  const auto images = [](const std::string& file) { return errorOf([&] { readImages(file); }); };
  const auto labels = [](const std::string& file) { return errorOf([&] { readLabels(file); }); };
  EXPECT_THAT(images(path("none")), HasSubstr("none: can't be opened: No such file"));
  EXPECT_THAT(images(folder_.string()), HasSubstr("is a folder"));
  EXPECT_THAT(images(write("empty", "")), HasSubstr("empty: is empty"));
  EXPECT_THAT(images(write("noise", "\x7F\x45\x4C\x46\x02")), HasSubstr("not an IDX, NPY or CSV file"));
  EXPECT_THAT(images(write("labels", idx(0x08, {3}, {1, 2, 3}))),
              HasSubstr("a list of 3 numbers, not images"));
  EXPECT_THAT(images(write("type", idx(0x0A, {1, 1}, {1}))), HasSubstr("IDX type 0x0a: allowed are"));
  EXPECT_THAT(images(write("none2", idx(0x08, {0, 1}, {}))), HasSubstr("holds 0 images"));
  EXPECT_THAT(images(write("x.csv", "1,2\n3,zwei\n")), HasSubstr("x.csv:2: \"zwei\" is not a number"));
  EXPECT_THAT(images(write("x.csv", "1,2\n3\n")), HasSubstr("x.csv:2: 1 values: the lines before have 2"));
  EXPECT_THAT(images(write("x.csv", "1,nan\n")), HasSubstr("image 0: holds NaN or infinity"));
  EXPECT_THAT(labels(write("y.csv", "1\n2.5\n")), HasSubstr("label 1 is 2.5: must be an integer from 0"));
  EXPECT_THAT(labels(write("y.csv", "-1\n")), HasSubstr("label 0 is -1: must be an integer from 0"));
  EXPECT_THAT(labels(write("y.csv", "1,2\n")), HasSubstr("not a list of labels"));
  const std::string fortran = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }\n";
  EXPECT_THAT(images(write("f.npy", npy(fortran, raw<float>({1})))), HasSubstr("column-major"));
  const std::string complexType = "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }\n";
  EXPECT_THAT(images(write("c.npy", npy(complexType, raw<float>({1, 2})))), HasSubstr("NPY type '<c8'"));
}

TEST_F(Dataset, noticesTruncationAnywhere) {
  const std::string plain = idx(0x08, {2, 5, 5}, std::string(50, 'x'));
  const std::string array =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n", raw(std::vector<float>(12)));
  for (const std::string& bytes : {plain, array}) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_NE(errorOf([&] { readImages(write("cut", bytes.substr(0, length))); }), "") << length;
    }
    EXPECT_EQ(errorOf([&] { readImages(write("whole", bytes)); }), "");
  }
  std::string noisy = idx(0x08, {20, 5, 5}, "");
  for (int i = 0; i < 500; ++i) noisy += static_cast<char>(i * i * 31 + i / 7);
  const std::string packed = read(writeGzip("whole.gz", noisy));
  for (std::size_t length = 0; length + 8 < packed.size(); length += 7) {  // the last 8 are CRC and length
    EXPECT_NE(errorOf([&] { readImages(write("cut.gz", packed.substr(0, length))); }), "") << length;
  }
}

TEST_F(Dataset, survivesHeadersThatPromiseTooMuch) {
  const std::uint32_t most = 0xFFFFFFFFU;
  EXPECT_THAT(errorOf([&] {
                readImages(write("a", idx(0x08, {most, most, most, most}, "x")));
              }),
              HasSubstr("dimensions"));
  EXPECT_THAT(errorOf([&] {
                readImages(write("b", idx(0x08, {1, 1U << 31}, "x")));
              }),
              HasSubstr("truncated"));
  const std::string huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }\n";
  EXPECT_NE(errorOf([&] { readImages(write("c", npy(huge, "x"))); }), "");
  const std::string negative = "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }\n";
  EXPECT_NE(errorOf([&] { readImages(write("d", npy(negative, "x"))); }), "");
}

Images imagesOf(const Shape& shape, std::vector<float> values) {
  Images images;
  images.shape = shape;
  images.count = static_cast<int>(values.size()) / static_cast<int>(elementCount(shape));
  images.values = std::move(values);
  return images;
}

TEST(Preprocess, scalesAndNormalises) {
  const Images images = imagesOf({1, 2}, {0, 255, 51, 102});
  EXPECT_THAT(preprocess(images, {1, 1, 2}, {}, ImageLayout::nchw),
              ElementsAre(0, 1, testing::FloatEq(0.2F), testing::FloatEq(0.4F)));
  EXPECT_THAT(preprocess(images, {2}, {1.0F, {51}, {2}}, ImageLayout::nchw),
              ElementsAre(-25.5F, 102, 0, 25.5F));
}

TEST(Preprocess, channelsAreNormalisedApart) {
  const Preprocessing how{1.0F, {1, 2}, {1, 10}};
  const Images chw = imagesOf({2, 1, 2}, {1, 2, 12, 22});
  const Images hwc = imagesOf({1, 2, 2}, {1, 12, 2, 22});
  EXPECT_THAT(preprocess(chw, {2, 1, 2}, how, ImageLayout::nchw), ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(preprocess(hwc, {2, 1, 2}, how, ImageLayout::nhwc), ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(preprocess(imagesOf({4}, {1, 2, 12, 22}), {2, 1, 2}, how, ImageLayout::nchw),
              ElementsAre(0, 1, 1, 2));
}

TEST(Preprocess, givesNetworksThatWantChannelsLastThat) {
  const Images chw = imagesOf({3, 1, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(preprocess(chw, {1, 2, 3}, {1.0F, {}, {}}, ImageLayout::nchw), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_THAT(
      preprocess(imagesOf({1, 2, 3}, {1, 3, 5, 2, 4, 6}), {1, 2, 3}, {1.0F, {}, {}}, ImageLayout::nhwc),
      ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST(Preprocess, refusesWhatDoesNotFit) {
  const Images images = imagesOf({2, 2}, {1, 2, 3, 4});
  const auto error = [&](const Shape& input, const Preprocessing& how) {
    return errorOf([&] { preprocess(images, input, how, ImageLayout::nchw); });
  };
  EXPECT_EQ(error({4}, {}), "");
  EXPECT_EQ(error({2, 2, 1}, {}), "");
  EXPECT_EQ(error({1, 28, 28}, {}), "images of 2x2 don't fit the network's input of 1x28x28");
  EXPECT_EQ(error({4, 1, 1}, {}), "images of 2x2 don't fit the network's input of 4x1x1");
  EXPECT_THAT(error({1, 2, 2}, {1.0F, {1, 2, 3}, {}}),
              HasSubstr("input mean: 3 values for images of 1 channels"));
}

TEST_F(Dataset, npyRoundTrips) {
  const std::vector<float> floats{1.5F, -2, 3, 4, 5, 1e-30F};
  writeNpy(path("a.npy"), {3, 2}, floats.data());
  EXPECT_EQ(readImages(path("a.npy")).values, floats);
  EXPECT_EQ(readImages(path("a.npy")).count, 3);
  EXPECT_EQ(read(path("a.npy")).find('\n') % 64, 63U);  // values begin at a multiple of 64
  writeNpy(path("b.npy"), {2}, std::vector<std::int64_t>{1, 2147483647}.data());
  EXPECT_THAT(readLabels(path("b.npy")), ElementsAre(1, 2147483647));
  writeNpy(path("c.npy"), {2, 1}, std::vector<std::int32_t>{4, 5}.data());
  EXPECT_THAT(readLabels(path("c.npy")), ElementsAre(4, 5));
  writeNpy(path("d.npy"), {1}, std::vector<std::uint16_t>{65535}.data());
  EXPECT_THAT(readLabels(path("d.npy")), ElementsAre(65535));
}

TEST_F(Dataset, npyIsWrittenWholeOrNotAtAll) {
  const float value = 1;
  EXPECT_THAT(errorOf([&] { writeNpy(path("no/such/folder.npy"), {1}, &value); }),
              HasSubstr("folder.npy: can't be written"));
  writeNpy(path("a.npy"), {1}, &value);
  EXPECT_FALSE(std::filesystem::exists(path("a.npy.part")));
  std::filesystem::create_directory(path("taken.npy"));
  EXPECT_THROW(writeNpy(path("taken.npy"), {1}, &value), Error);
  EXPECT_FALSE(std::filesystem::exists(path("taken.npy.part")));
}

}  // namespace
}  // namespace crosstile
