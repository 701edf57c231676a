// SPDX-License-Identifier: Apache-2.0
// libsystemc brings a main() that calls sc_main. Whichever main the linker picks, its or GoogleTest's, the
// tests run.
#include <gmock/gmock.h>

#include <systemc>

int sc_main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
