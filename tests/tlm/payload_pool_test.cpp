// SPDX-License-Identifier: Apache-2.0
// The pools of payloads and of what they carry.
#include "platform/memory/payload_pool.h"

#include <gtest/gtest.h>

namespace crosstile::testing {
namespace {

using Payload = tlm::tlm_generic_payload;

struct Bytes final : Pooled<Bytes> {
  std::vector<std::uint8_t> data;
  void recycle() { data.clear(); }
};

TEST(PayloadPool, SharesTheCargosBytesAndReusesPayloads) {
  ObjectPool<Bytes> cargoes;
  PayloadPool<Bytes> payloads;
  PoolRef<Bytes> cargo = cargoes.take();
  cargo->data = {1, 2, 3};
  Payload& first = payloads.take(cargo, tlm::TLM_WRITE_COMMAND, 8);
  Payload& second = payloads.take(cargo, tlm::TLM_WRITE_COMMAND, 8);
  EXPECT_NE(&first, &second);
  EXPECT_EQ(first.get_data_ptr(), cargo->data.data());
  EXPECT_EQ(second.get_data_ptr(), cargo->data.data());
  EXPECT_EQ(first.get_data_length(), 3u);
  EXPECT_EQ(PayloadPool<Bytes>::cargoOf(first), cargo);
  cargo.reset();
  first.release();
  EXPECT_EQ(cargoes.lent(), 1u);  // the second payload still holds it
  second.release();
  EXPECT_EQ(cargoes.lent(), 0u);
  EXPECT_EQ(payloads.lent(), 0u);
  payloads.take(cargoes.take(), tlm::TLM_WRITE_COMMAND, 0).release();
  EXPECT_EQ(payloads.created(), 2u);
  EXPECT_EQ(cargoes.created(), 1u);
}

TEST(PayloadPool, EmptyCargoIsAnIgnoreCommand) {
  ObjectPool<Bytes> cargoes;
  PayloadPool<Bytes> payloads;
  Payload& empty = payloads.take(cargoes.take(), tlm::TLM_WRITE_COMMAND, 0);
  EXPECT_EQ(empty.get_command(), tlm::TLM_IGNORE_COMMAND);
  empty.release();
}

TEST(ObjectPool, ObjectsOutliveTheirPool) {
  PoolRef<Bytes> kept;
  {
    ObjectPool<Bytes> pool;
    kept = pool.take();
    kept->data = {42};
  }
  EXPECT_EQ(kept->data.at(0), 42);
}

}  // namespace
}  // namespace crosstile::testing
