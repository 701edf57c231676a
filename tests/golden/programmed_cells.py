#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes programmed_cells.json: an array with every nonideality of its cells on, from the equations of
docs/models/devices.md and Philox4x32-10 alone.   programmed_cells.py > programmed_cells.json"""
import json
import math

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & MASK, p0 >> 32 ^ c[3] ^ k[1], p0 & MASK]
        k = [k[0] + 0x9E3779B9 & MASK, k[1] + 0xBB67AE85 & MASK]
    return c


class Stream:
    """Draws of one purpose of one programming: seed, draw, array, replica, epoch."""

    def __init__(self, owner, purpose):
        seed, *rest = owner
        state = philox(rest, [seed & MASK, seed >> 32])
        self.key = philox(state, [purpose, 0x63726F73])[:2]

    @staticmethod
    def unit(a, b):
        return ((a << 32 | b) >> 11 | 1) * 2.0**-53

    def uniform(self, i, part=0):
        w = philox([i, 0, part, 0], self.key)
        return self.unit(w[0], w[1])

    def normal(self, i, part=0):
        w = philox([i, 0, part, 1], self.key)
        return math.sqrt(-2 * math.log(self.unit(w[0], w[1]))) * math.cos(2 * math.pi * self.unit(w[2], w[3]))

    def truncated(self, i, mean, sigma, low, part=0):
        while True:
            x = mean + sigma * self.normal(i, part)
            if x >= low:
                return x
            part += 1


case = {
    "rows": 6, "columns": 4, "owner": [42, 1, 2, 0, 3],
    "target": [round(1e-6 + 1.03e-6 * ((7 * c) % 24), 12) for c in range(24)],
    "g_off": 1e-6, "g_on": 25e-6, "temperature": 320.0, "reference_temperature": 293.15,
    "temperature_coefficient": 0.001, "log_linear_n": 2.5, "log_linear_n_sigma": 0.3, "reference_voltage": 0.25,
    "levels": 16, "programming_error_of_g": 0.03, "programming_error_of_range": 0.01,
    "stuck_off": 0.08, "stuck_on": 0.08, "stuck_value_probability": 0.08, "stuck_value": 7e-6,
    "stuck_distribution_probability": 0.1, "stuck_conductances": [2e-6, 9e-6, 12e-6],
    "yield_map": [None] * 5 + [0.0, 3.3e-6] + [None] * 17,
    "d2d_sigma_on": 0.1, "d2d_sigma_off": 0.3, "drift_t0": 20.0, "age": 1e6,
    "retention_time": 1e7, "retention_activation_energy": 0.5, "retention_conductance": 4e-6,
    "reads": 1e5, "read_disturb_of_g": 0.05, "read_disturb_exponent": 0.5,
}


def program(c):
    off, on = c["g_off"], c["g_on"]
    owner = c["owner"]
    error, spread, stuck, residual, drift, flicker = (Stream(owner, p) for p in (1, 2, 3, 4, 5, 20))
    measured = c["stuck_conductances"]
    n = len(measured)
    mean = sum(measured) / n
    bandwidth = math.sqrt(sum((g - mean) ** 2 for g in measured) / (n - 1)) * n**-0.2
    celsius = c["temperature"] - c["reference_temperature"]
    tau = c["retention_time"] * math.exp(c["retention_activation_energy"] / 8.617333262e-5 *
                                         (1 / c["temperature"] - 1 / c["reference_temperature"]))
    cells, exponents = [], []
    for i, g in enumerate(c["target"]):
        step = (on - off) / (c["levels"] - 1)
        g = off + step * min(max(math.floor((g - off) / step + 0.5), 0), c["levels"] - 1)
        x = g / on
        sigma = math.sqrt((c["programming_error_of_g"] * g) ** 2 +
                          (c["programming_error_of_range"] * (on - off)) ** 2 +
                          (on / 25 * (0.26348 + 1.9650 * x - 1.1731 * x * x)) ** 2)
        g = max(0.0, g + sigma * error.normal(i))
        u, limit = stuck.uniform(i), c["stuck_off"]
        if u < limit:
            g = off
        elif u < (limit := limit + c["stuck_on"]):
            g = on
        elif u < (limit := limit + c["stuck_value_probability"]):
            g = c["stuck_value"]
        elif u < limit + c["stuck_distribution_probability"]:
            g = stuck.truncated(i, measured[int(stuck.uniform(i, 1) * n)], bandwidth, 0.0, 2)
        if c["yield_map"][i] is not None:
            g = c["yield_map"][i]
        if g > 0.0:
            s = c["d2d_sigma_on"] + (c["d2d_sigma_off"] - c["d2d_sigma_on"]) * min(
                max((1 / g - 1 / on) / (1 / off - 1 / on), 0), 1)
            g = 1 / math.exp(math.log(1 / g) - s * s / 2 + s * spread.normal(i))
            written = g
            m = min(max(-0.0155 * math.log(g / on) + 0.0244, 0.049), 0.1)
            sd = min(max(-0.0125 * math.log(g / on) - 0.0059, 0.008), 0.045)
            g *= (c["age"] / c["drift_t0"]) ** -abs(m + sd * drift.normal(i))
            g = c["retention_conductance"] + (g - c["retention_conductance"]) * math.exp(-c["age"] / tau)
            g *= 1 + c["read_disturb_of_g"] * (c["reads"] / 1e6) ** c["read_disturb_exponent"]
            g *= 1 + c["temperature_coefficient"] * celsius
            q = min(0.0088 / (written / on) ** 0.65, 0.2)
            g = max(0.0, g * (1 + q * math.sqrt(math.log((c["age"] + 250e-9) / 500e-9)) * flicker.normal(i)))
        cells.append(g)
        exponents.append(math.log2(residual.truncated(i, c["log_linear_n"], c["log_linear_n_sigma"], 2.0)))
    return cells, exponents


if __name__ == "__main__":
    case["conductance"], case["exponent"] = program(case)
    print(json.dumps(case, indent=1))
