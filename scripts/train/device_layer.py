# SPDX-License-Identifier: Apache-2.0
"""The C++ device law in PyTorch: currents and power of a crossbar of Poole-Frenkel cells, and their gradients.

libcrosstile_training.so (platform/python/training.h) computes both, so that training and the simulator share one
device model. Single precision, one thread a layer.
"""
import ctypes
import os
import pathlib

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = "libcrosstile_training.so"


class _Device(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in ("g_off", "g_on", "read_voltage", "read_time")] + \
               [("law", ctypes.c_char * 64)]


def _load():
    named = os.environ.get("CROSSTILE_TRAINING_LIBRARY")
    path = pathlib.Path(named) if named else ROOT / "build/release/lib" / LIBRARY
    if not path.exists():
        raise SystemExit(f"{path}: not there; build it (scripts/setup, then `cmake --build --preset release`) or name it "
                         "in CROSSTILE_TRAINING_LIBRARY")
    library = ctypes.CDLL(str(path))
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.crosstile_error.restype = ctypes.c_char_p
    library.crosstile_describe_device.argtypes = [ctypes.c_char_p, ctypes.POINTER(_Device)]
    library.crosstile_layer_new.restype = pointer
    library.crosstile_layer_new.argtypes = [ctypes.c_char_p, size, size]
    library.crosstile_layer_delete.argtypes = [pointer]
    library.crosstile_layer_delete.restype = None
    library.crosstile_layer_program.argtypes = [pointer, pointer, ctypes.c_int, ctypes.c_uint64, ctypes.c_uint32,
                                                ctypes.c_uint32]
    library.crosstile_layer_forward.argtypes = [pointer, pointer, size, pointer, pointer]
    library.crosstile_layer_backward.argtypes = [pointer, pointer, size] + 4 * [pointer]
    return library


_library = None


def _lib():
    global _library
    if _library is None:
        _library = _load()
    return _library


def _check(failed):
    if failed:
        raise SystemExit(_lib().crosstile_error().decode())


def describe(hardware):
    """g_off, g_on (S), read_voltage (V), read_time (s) and law of a hardware file or preset."""
    device = _Device()
    _check(_lib().crosstile_describe_device(str(hardware).encode(), ctypes.byref(device)))
    return {name: getattr(device, name) for name, _ in _Device._fields_[:-1]} | {"law": device.law.decode()}


class PooleFrenkelLayer:
    """A crossbar of rows x columns cells of a hardware file's device."""

    def __init__(self, hardware, rows, columns):
        self.rows, self.columns = rows, columns
        self._handle = _lib().crosstile_layer_new(str(hardware).encode(), rows, columns)
        _check(not self._handle)

    def __del__(self):
        if getattr(self, "_handle", None):
            _lib().crosstile_layer_delete(self._handle)

    def program(self, conductance, residual=None):
        """conductance: rows x columns, S. residual: (seed, array, draw) of the law's residuals, or None."""
        seed, array, draw = residual or (0, 0, 0)
        _check(_lib().crosstile_layer_program(self._handle, conductance.data_ptr(), residual is not None, seed, array,
                                              draw))

    def forward(self, voltage, with_power):
        """voltage: batch x rows, V -> currents batch x columns, A; power of each input, W."""
        batch = len(voltage)
        current = torch.empty(batch, self.columns)
        power = torch.zeros(batch)
        _check(_lib().crosstile_layer_forward(self._handle, voltage.data_ptr(), batch, current.data_ptr(),
                                              power.data_ptr() if with_power else None))
        return current, power

    def backward(self, voltage, current_gradient, power_gradient, wants_voltage):
        conductance_gradient = torch.empty(self.rows, self.columns)
        voltage_gradient = torch.empty_like(voltage) if wants_voltage else None
        _check(_lib().crosstile_layer_backward(
            self._handle, voltage.data_ptr(), len(voltage), current_gradient.data_ptr(),
            None if power_gradient is None else power_gradient.data_ptr(), conductance_gradient.data_ptr(),
            voltage_gradient.data_ptr() if wants_voltage else None))
        return conductance_gradient, voltage_gradient


class _Currents(torch.autograd.Function):
    @staticmethod
    def forward(context, voltage, conductance, layer, residual, with_power):
        voltage, conductance = voltage.contiguous(), conductance.contiguous()
        layer.program(conductance, residual)
        context.layer, context.with_power = layer, with_power
        context.save_for_backward(voltage)
        return layer.forward(voltage, with_power)

    @staticmethod
    def backward(context, current_gradient, power_gradient):
        voltage, = context.saved_tensors
        conductance, volt = context.layer.backward(
            voltage, current_gradient.contiguous(), power_gradient.contiguous() if context.with_power else None,
            context.needs_input_grad[0])
        return volt, conductance, None, None, None


def currents(voltage, conductance, layer, residual=None, with_power=False):
    """Currents (batch x columns, A) and power (batch, W; zeros unless `with_power`) of `layer` with these conductances
    (rows x columns, S) at these voltages (batch x rows, V); differentiable in both. The layer keeps one programming:
    backward must come before the next forward."""
    return _Currents.apply(voltage, conductance, layer, residual, with_power)
