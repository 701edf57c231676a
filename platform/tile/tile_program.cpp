// SPDX-License-Identifier: Apache-2.0
#include "platform/tile/tile_program.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "models/base/error.h"

namespace {

/// Long lists are byte strings, not lists of numbers: they are most of a program.
template <typename T>
nlohmann::json packed(const std::vector<T>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return nlohmann::json::binary(std::move(bytes));
}

template <typename T>
void unpack(const nlohmann::json& json, std::vector<T>& values) {
  const std::vector<std::uint8_t>& bytes = json.get_binary();
  if (bytes.size() % sizeof(T) != 0)
    throw crosstile::BadInput("a tile program's list of {} B holds no whole number of values", bytes.size());
  values.resize(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
}

/// A ColumnCode on the wire.
struct PackedColumn {
  std::int32_t output;
  std::uint16_t column;
  std::uint8_t shift;
  std::uint8_t signs;  // bit 0: negative, bit 1: flipped
};

}  // namespace

template <>
struct nlohmann::adl_serializer<std::vector<crosstile::ColumnCode>> {
  using Columns = std::vector<crosstile::ColumnCode>;
  static void to_json(json& out, const Columns& columns) {
    std::vector<PackedColumn> flat;
    flat.reserve(columns.size());
    for (const crosstile::ColumnCode& c : columns) {
      flat.push_back({c.output, static_cast<std::uint16_t>(c.column), static_cast<std::uint8_t>(c.shift),
                      static_cast<std::uint8_t>((c.sign < 0 ? 1 : 0) + (c.flipped ? 2 : 0))});
    }
    out = packed(flat);
  }
  static void from_json(const json& in, Columns& columns) {
    std::vector<PackedColumn> flat;
    unpack(in, flat);
    columns.clear();
    columns.reserve(flat.size());
    for (const PackedColumn& c : flat)
      columns.push_back({c.column, c.output, c.shift, (c.signs & 1) != 0 ? -1 : 1, (c.signs & 2) != 0});
  }
};

namespace crosstile {

// Members by name, so that the wire format documents itself.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, kernelH, kernelW, strideH, strideW, padTop, padLeft, padBottom,
                                   padRight)
/// A plain map is worked out again where it arrives.
static void to_json(nlohmann::json& json, const WindowMap& map) {
  json = nlohmann::json::array({map.channels, map.height, map.width, map.outHeight, map.outWidth, map.window,
                                map.plain, map.biasCode, map.firstRow, map.rowsHeld});
  json.push_back(packed(map.plain ? std::vector<std::int32_t>() : map.elementOf));
}
static void from_json(const nlohmann::json& json, WindowMap& map) {
  std::size_t i = 0;
  for (int* value : {&map.channels, &map.height, &map.width, &map.outHeight, &map.outWidth})
    json.at(i++).get_to(*value);
  json.at(i++).get_to(map.window);
  json.at(i++).get_to(map.plain);
  for (int* value : {&map.biasCode, &map.firstRow, &map.rowsHeld}) json.at(i++).get_to(*value);
  if (map.plain)
    map.elementOf = hwcOf({map.channels, map.height, map.width});
  else
    unpack(json.at(i), map.elementOf);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodeFormat, scale, bits, isSigned)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Requantise, multiplier, shift, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Plane, shift, bits, negative)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ArrayBlock, id, tile, core, slot, replica, rowBlock, rowBegin, rowCount,
                                   outputBegin, outputCount, columns, offsetColumn, referenceColumn,
                                   physicalColumns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stream::Part, stage, channelBegin)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stream, parts, channels, positions, format, bytes, imageBytes, ringBytes,
                                   creditBytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stage::RowBlock, begin, count)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DigitalOp::Operand, stream, multiplier)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DigitalOp, kind, layer, inHeight, inWidth, outHeight, outWidth, window,
                                   countIncludePad, low, high, table, tableLow, operands, multiplier, shift)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stage, name, layer, ledger, layers, streams, input, planes, outputs, bias,
                                   hasRequantise, requantise, partial, sumStream, ops, outPositions,
                                   outputFormat, outputBytes, rowBlocks, replicas, blocks, tiles, slot,
                                   firstStream)
static void to_json(nlohmann::json& json, const AdcTrim& trim) {
  json = {{"lsb", trim.lsb}, {"gain", packed(trim.gain)}, {"offset", packed(trim.offset)}};
}
static void from_json(const nlohmann::json& json, AdcTrim& trim) {
  json.at("lsb").get_to(trim.lsb);
  unpack(json.at("gain"), trim.gain);
  unpack(json.at("offset"), trim.offset);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram::Source, node, stream, firstChannel)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram::Target, nodes, stream, firstOutput, outputs, channelBegin,
                                   channels, imageBytes, ringBytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TileProgram, stage, trims, outputBegin, outputCount, sources, targets,
                                   toHost, seed, draw)

std::vector<std::uint8_t> toWire(const std::vector<TileProgram>& programs) {
  return nlohmann::json::to_cbor(nlohmann::json(programs));
}

std::vector<TileProgram> tileProgramsFromWire(const std::vector<std::uint8_t>& bytes) {
  try {
    auto programs = nlohmann::json::from_cbor(bytes).get<std::vector<TileProgram>>();
    if (programs.empty()) throw BadInput("a tile program of {} B holds no stage", bytes.size());
    return programs;
  } catch (const nlohmann::json::exception& e) {
    throw BadInput("a tile program of {} B can't be read: {}", bytes.size(), e.what());
  }
}

}  // namespace crosstile
