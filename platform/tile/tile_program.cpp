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
/// A plain map is worked out again where it arrives.
static void to_json(nlohmann::json& json, const WindowMap& map) {
  json = nlohmann::json::array({map.channels, map.height, map.width,    map.outHeight, map.outWidth, map.window,
          map.plain,    map.biasCode, map.firstRow, map.rowsHeld});
  json.push_back(map.plain ? nlohmann::json::array() : nlohmann::json(map.elementOf));
}
static void from_json(const nlohmann::json& json, WindowMap& map) {
  std::size_t i = 0;
  for (int* value : {&map.channels, &map.height, &map.width, &map.outHeight, &map.outWidth}) json.at(i++).get_to(*value);
  json.at(i++).get_to(map.window);
  json.at(i++).get_to(map.plain);
  for (int* value : {&map.biasCode, &map.firstRow, &map.rowsHeld}) json.at(i++).get_to(*value);
  if (map.plain)
    map.elementOf = hwcOf({map.channels, map.height, map.width});
  else
    json.at(i).get_to(map.elementOf);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodeFormat, scale, bits, isSigned)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Requantise, multiplier, shift, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plane, shift, bits, negative)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ArrayBlock, id, tile, core, slot, replica, rowBlock, rowBegin, rowCount,
                                   outputBegin, outputCount, columns, offsetColumn, referenceColumn,
                                   physicalColumns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stream::Part, stage, channelBegin)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stream, parts, channels, positions, format, bytes, imageBytes, ringBytes, creditBytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stage::RowBlock, begin, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DigitalOp::Operand, stream, multiplier)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DigitalOp, kind, layer, inHeight, inWidth, outHeight, outWidth, window,
                                   countIncludePad, low, high, table, tableLow, operands, multiplier, shift)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stage, name, layer, ledger, layers, streams, input, planes, outputs, bias, hasRequantise,
                                   requantise, partial, sumStream, ops, outPositions, outputFormat, outputBytes,
                                   rowBlocks, replicas, blocks, tiles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AdcTrim, lsb, gain, offset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram::Source, node, stream)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram::Target, nodes, stream, firstOutput, outputs, channelBegin, channels,
                                   imageBytes, ringBytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram, stage, trims, outputBegin, outputCount, sources, targets, toHost, seed,
                                   draw)

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
