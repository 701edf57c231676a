/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface of the device law for training scripts (libcrosstile_training.so, for ctypes). One layer is
 * one crossbar of the device that a hardware file or preset describes; forward and backward are its readout
 * `device` and the derivatives. Functions that can fail return 0 on success; crosstile_error() then says what
 * went wrong. */
#ifndef CROSSTILE_TRAINING_H
#define CROSSTILE_TRAINING_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CROSSTILE_API __attribute__((visibility("default")))
#else
#define CROSSTILE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a network needs to know of a device: S, S, V, s. */
struct crosstile_device {
  double g_off, g_on, read_voltage, read_time;
  char law[64];
};

/* The last error of this thread. */
CROSSTILE_API const char* crosstile_error(void);

/* hardware: a hardware file or the name of a preset. */
CROSSTILE_API int crosstile_describe_device(const char* hardware, struct crosstile_device* device);

/* A crossbar of rows x columns cells of law poole_frenkel; NULL on error. */
CROSSTILE_API void* crosstile_layer_new(const char* hardware, size_t rows, size_t columns);
CROSSTILE_API void crosstile_layer_delete(void* layer);
/* conductance: rows x columns, S. residual: 0 leaves the law's residuals out; else they are drawn from the
 * stream of (seed, array), sequence `draw`. */
CROSSTILE_API int crosstile_layer_program(void* layer, const float* conductance, int residual, uint64_t seed,
                                          uint32_t array, uint32_t draw);
/* voltage: batch x rows, V. current: batch x columns, A (out). power: batch, W (out), or NULL. */
CROSSTILE_API int crosstile_layer_forward(const void* layer, const float* voltage, size_t batch,
                                          float* current, float* power);
/* Gradients of a loss by currents (batch x columns) and power (batch, or NULL) to those by conductances
 * (rows x columns, out) and voltages (batch x rows, out, or NULL). */
CROSSTILE_API int crosstile_layer_backward(void* layer, const float* voltage, size_t batch,
                                           const float* current_gradient, const float* power_gradient,
                                           float* conductance_gradient, float* voltage_gradient);

#ifdef __cplusplus
}
#endif
#endif
