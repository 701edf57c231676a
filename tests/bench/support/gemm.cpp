// SPDX-License-Identifier: Apache-2.0
// The whole file is compiled for AVX-512, Eigen's templates included, which therefore get a namespace of
// their own: they must not be taken for those of the rest of the program.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")
#ifndef __AVX512F__  // a separate preprocessing step (ccache) knows the pragma's macros not; Eigen asks for
                     // them
#define __SSE3__ 1
#define __SSSE3__ 1
#define __SSE4_1__ 1
#define __SSE4_2__ 1
#define __AVX__ 1
#define __AVX2__ 1
#define __FMA__ 1
#define __AVX512F__ 1
#define __AVX512DQ__ 1
#define __AVX512BW__ 1
#define __AVX512VL__ 1
#endif
#endif
#define Eigen EigenForAvx512
#include "gemm.h"

#include <Eigen/Core>
#include <algorithm>

namespace crosstile {

double gemmSeconds(int n) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (!__builtin_cpu_supports("avx512f")) return 0.0;
#endif
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(n, n), b = Eigen::MatrixXd::Random(n, n);
  Eigen::MatrixXd c(n, n);
  double best = 1e9;
  for (int k = 0; k < (n > 200 ? 20 : 400); ++k) {
    const double start = seconds();
    c.noalias() = a * b;
    asm volatile("" : : "g"(c.data()) : "memory");
    best = std::min(best, seconds() - start);
  }
  return best;
}

}  // namespace crosstile
