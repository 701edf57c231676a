// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/tile_program.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "models/base/error.h"

/// Columns are by far the most of a program: five numbers each, one list a block.
template <>
struct nlohmann::adl_serializer<std::vector<crosstile::ColumnCode>> {
  using Columns = std::vector<crosstile::ColumnCode>;
  static void to_json(json& out, const Columns& columns) {
    std::vector<int> flat;
    flat.reserve(5 * columns.size());
    for (const crosstile::ColumnCode& c : columns)
      flat.insert(flat.end(), {c.column, c.output, c.shift, c.sign, c.flipped ? 1 : 0});
    out = flat;
  }
  static void from_json(const json& in, Columns& columns) {
    const auto flat = in.get<std::vector<int>>();
    if (flat.size() % 5 != 0)
      throw crosstile::BadInput("a tile program's columns hold {} numbers", flat.size());
    columns.clear();
    for (auto c = flat.begin(); c != flat.end(); c += 5)
      columns.push_back({c[0], c[1], c[2], c[3], c[4] != 0});
  }
};

namespace crosstile {

// Members by name, so that the wire format documents itself.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, kernelH, kernelW, strideH, strideW, padTop, padLeft, padBottom,
                                   padRight)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WindowMap, channels, height, width, outHeight, outWidth, window, elementOf,
                                   biasCode)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodeFormat, scale, bits, isSigned)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Requantise, multiplier, shift, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plane, shift, bits, negative)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ArrayBlock, id, tile, core, slot, rowBlock, rowBegin, rowCount,
                                   outputBegin, outputCount, columns, offsetColumn, referenceColumn,
                                   physicalColumns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DigitalOp, kind, layer, inHeight, inWidth, outHeight, outWidth, window,
                                   countIncludePad, low, high, table, tableLow)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stage, name, layer, layers, source, input, inputFormat, planes, outputs,
                                   bias, hasRequantise, requantise, ops, outPositions, outputFormat,
                                   outputBytes, inputBytes, rowBlocks, blocks, tiles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AdcTrim, lsb, gain)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram, stage, trims, outputBegin, outputCount, inputChannels,
                                   producers, consumers, toHost, inputSlots, consumerSlots, slotBytes,
                                   consumerSlotBytes, consumerChannels, seed, draw)

std::vector<std::uint8_t> toWire(const TileProgram& program) {
  return nlohmann::json::to_cbor(nlohmann::json(program));
}

TileProgram tileProgramFromWire(const std::vector<std::uint8_t>& bytes) {
  try {
    return nlohmann::json::from_cbor(bytes).get<TileProgram>();
  } catch (const nlohmann::json::exception& e) {
    throw BadInput("a tile program of {} B can't be read: {}", bytes.size(), e.what());
  }
}

}  // namespace crosstile
