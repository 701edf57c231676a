// SPDX-License-Identifier: Apache-2.0
// ONNX's own operator cases (Debian package libonnx-testdata): imported, run by the float reference, compared
// with the expected outputs; and cases that PyTorch exported (scripts/train/make_fixtures.py).
#include <gmock/gmock.h>

#include "models/base/error.h"
#include "onnx_support.h"

namespace crosstile::test {
namespace {

const char* const kLibonnxCases = "/usr/share/libonnx-testdata/data/";
const std::string kGolden = CROSSTILE_SOURCE_DIR "/tests/golden/onnx/";

void expectClose(const CaseResult& result, float tolerance) {
  ASSERT_EQ(result.computed.size(), result.expected.size());
  for (std::size_t i = 0; i < result.expected.size(); ++i) {
    ASSERT_NEAR(result.computed[i], result.expected[i],
                tolerance * std::max(1.0F, std::abs(result.expected[i])))
        << "output " << i;
  }
}

class OperatorCase : public testing::TestWithParam<const char*> {};

TEST_P(OperatorCase, equalsExpectedOutput) {
  expectClose(runCase(std::string(kLibonnxCases) + GetParam()), 1e-5F);
}

std::string testName(const testing::TestParamInfo<const char*>& info) {
  const std::string path = info.param;
  std::string name = path.substr(path.rfind('/') + 1);
  std::replace(name.begin(), name.end(), '-', '_');
  return name + (path.rfind("pytorch", 0) == 0 ? "_pytorch" : "");
}

INSTANTIATE_TEST_SUITE_P(
    libonnx, OperatorCase,
    testing::Values(
        "node/test_averagepool_2d_ceil", "node/test_averagepool_2d_default", "node/test_averagepool_2d_pads",
        "node/test_averagepool_2d_pads_count_include_pad", "node/test_averagepool_2d_precomputed_pads",
        "node/test_averagepool_2d_precomputed_pads_count_include_pad",
        "node/test_averagepool_2d_precomputed_same_upper", "node/test_averagepool_2d_precomputed_strides",
        "node/test_averagepool_2d_same_lower", "node/test_averagepool_2d_same_upper",
        "node/test_averagepool_2d_strides", "node/test_basic_conv_with_padding",
        "node/test_basic_conv_without_padding", "node/test_clip", "node/test_clip_default_max",
        "node/test_clip_default_min", "node/test_clip_default_inbounds", "node/test_clip_example",
        "node/test_clip_inbounds", "node/test_clip_outbounds", "node/test_clip_splitbounds",
        "node/test_conv_with_autopad_same", "node/test_conv_with_strides_and_asymmetric_padding",
        "node/test_conv_with_strides_no_padding", "node/test_conv_with_strides_padding",
        "node/test_flatten_axis1", "node/test_flatten_default_axis", "node/test_flatten_negative_axis3",
        "node/test_gemm_alpha", "node/test_gemm_beta", "node/test_gemm_default_no_bias",
        "node/test_gemm_default_scalar_bias", "node/test_gemm_default_single_elem_vector_bias",
        "node/test_gemm_default_vector_bias", "node/test_gemm_default_zero_bias", "node/test_gemm_transposeB",
        "node/test_globalaveragepool", "node/test_globalaveragepool_precomputed", "node/test_matmul_2d",
        "node/test_maxpool_2d_ceil", "node/test_maxpool_2d_default", "node/test_maxpool_2d_pads",
        "node/test_maxpool_2d_precomputed_pads", "node/test_maxpool_2d_precomputed_same_upper",
        "node/test_maxpool_2d_precomputed_strides", "node/test_maxpool_2d_same_lower",
        "node/test_maxpool_2d_same_upper", "node/test_maxpool_2d_strides", "node/test_relu",
        "node/test_reshape_extended_dims", "node/test_reshape_negative_dim",
        "node/test_reshape_reordered_last_dims", "node/test_reshape_zero_and_negative_dim",
        "node/test_reshape_zero_dim", "node/test_sigmoid", "node/test_sigmoid_example",
        "node/test_softmax_axis_2", "node/test_softmax_default_axis", "node/test_softmax_example",
        "node/test_softmax_large_number", "node/test_softmax_negative_axis", "node/test_tanh",
        "node/test_tanh_example", "node/test_transpose_all_permutations_1",
        "pytorch-converted/test_AvgPool2d", "pytorch-converted/test_AvgPool2d_stride",
        "pytorch-converted/test_Conv2d", "pytorch-converted/test_Conv2d_depthwise",
        "pytorch-converted/test_Conv2d_depthwise_padded", "pytorch-converted/test_Conv2d_depthwise_strided",
        "pytorch-converted/test_Conv2d_depthwise_with_multiplier", "pytorch-converted/test_Conv2d_groups",
        "pytorch-converted/test_Conv2d_groups_thnn", "pytorch-converted/test_Conv2d_no_bias",
        "pytorch-converted/test_Conv2d_padding", "pytorch-converted/test_Conv2d_strided",
        "pytorch-converted/test_Linear", "pytorch-converted/test_Linear_no_bias",
        "pytorch-converted/test_MaxPool2d", "pytorch-converted/test_ReLU", "pytorch-converted/test_Sigmoid",
        "pytorch-converted/test_Softmax", "pytorch-converted/test_Tanh",
        "pytorch-converted/test_softmax_lastdim", "pytorch-operator/test_operator_conv",
        "pytorch-operator/test_operator_flatten", "pytorch-operator/test_operator_mm"),
    testName);

struct Refusal {
  const char* folder;
  const char* message;
};
class RefusedCase : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedCase, saysWhatIsNotSupported) {
  try {
    runCase(std::string(kLibonnxCases) + GetParam().folder);
    FAIL() << "was imported";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(GetParam().message));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
  }
}

INSTANTIATE_TEST_SUITE_P(
    libonnx, RefusedCase,
    testing::Values(
        Refusal{"node/test_loop11", "(Loop): not supported; supported operators: docs/operators.md"},
        Refusal{"pytorch-converted/test_Conv2d_dilated", "dilations = 2: not supported; allowed is 1"},
        Refusal{"pytorch-converted/test_Conv1d", "allowed are convolutions over height and width"},
        Refusal{"node/test_averagepool_1d_default", "allowed is batch x channels x height x width"},
        Refusal{"node/test_maxpool_2d_dilations", "dilations = 2"},
        Refusal{"node/test_softmax_axis_0", "axis 0 is the batch"},
        Refusal{"node/test_softmax_axis_1", "allowed is the last dimension that isn't 1"},
        Refusal{"node/test_flatten_axis0", "mixes the images of a batch of 2"},
        Refusal{"node/test_transpose_default", "moves the batch"},
        Refusal{"node/test_gemm_transposeA", "allowed is one vector an image"},
        Refusal{"node/test_reshape_negative_extended_dims", "mixes the images of a batch of 2"},
        Refusal{"node/test_transpose_all_permutations_0", "the network has no layers"},
        Refusal{"node/test_reflect_pad", "mode = \"reflect\": not supported"},
        Refusal{"node/test_matmul_3d", "multiplies 3x4 an image: allowed is one vector"}));

class ExportedCase : public testing::TestWithParam<const char*> {};

TEST_P(ExportedCase, equalsPyTorch) {
  expectClose(runCase(kGolden + GetParam()), 1e-5F);
}

INSTANTIATE_TEST_SUITE_P(pytorch, ExportedCase,
                         testing::Values("conv_bn_opset9", "conv_bn_opset17", "view_dynamic_opset11",
                                         "view_dynamic_opset13", "flatten_fixed_batch",
                                         "mlp_bn_sigmoid_softmax", "matmul_add_tanh", "pools",
                                         "relu6_same_groups", "residual_opset9", "residual_opset13",
                                         "preactivated", "densenet", "inverted"),
                         testName);

class ZooNetwork : public testing::TestWithParam<const char*> {};

TEST_P(ZooNetwork, equalsPyTorch) {
  const std::string name = GetParam();
  const CaseResult result =
      runCase(kGolden + "zoo_" + name, CROSSTILE_SOURCE_DIR "/workloads/zoo/" + name + ".onnx");
  expectClose(result, 2e-5F);
  EXPECT_EQ(result.network.inputShape, (Shape{1, 28, 28}));
  EXPECT_TRUE(result.network.preprocessingFromFile);
  EXPECT_FLOAT_EQ(result.network.preprocessing.scale, 1.0F / 255.0F);
}

INSTANTIATE_TEST_SUITE_P(zoo, ZooNetwork,
                         testing::Values("mlp-mnist", "mlp-fashion-mnist", "lenet5-mnist",
                                         "lenet5-fashion-mnist", "resnet8-fashion-mnist",
                                         "vgg8-fashion-mnist"),
                         testName);

}  // namespace
}  // namespace crosstile::test
