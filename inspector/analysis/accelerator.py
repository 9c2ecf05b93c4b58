"""An accelerator as a roofline sees it: peak rate, bandwidth, on-chip memory, matrix unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

LARGEST_UNIT = 1024
"""The largest extent of a matrix unit that is accepted along each axis."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The matrix multiply that the hardware does at once: M x K times K x N.

    Raises ValueError where an extent is not within 1 to `LARGEST_UNIT`.
    """

    m: int = 64
    k: int = 64
    n: int = 64

    def __post_init__(self) -> None:
        for axis, extent in zip("MKN", self.extents, strict=True):
            if not 1 <= extent <= LARGEST_UNIT:
                raise ValueError(f"{axis} is {extent:,}; give 1 to {LARGEST_UNIT:,}")

    @property
    def extents(self) -> tuple[int, int, int]:
        """M, K and N."""
        return self.m, self.k, self.n

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one full tile."""
        return self.m * self.k * self.n

    def text(self) -> str:
        """The size as people write it: 64×64×64 for M×K×N."""
        return "×".join(map(str, self.extents))


@dataclass(frozen=True, slots=True)
class Accelerator:
    """Rates in MACs and bytes per second; 0 bytes on chip means that nothing stays there.

    Raises ValueError where a rate is not a positive number or the memory is negative.
    """

    name: str
    peak_macs_per_s: float
    bandwidth_bytes_per_s: float
    on_chip_bytes: int = 0
    unit: Unit = Unit()

    def __post_init__(self) -> None:
        rates = {
            "peak": self.peak_macs_per_s,
            "bandwidth": self.bandwidth_bytes_per_s,
        }
        for what, rate in rates.items():
            if not (math.isfinite(rate) and rate > 0):
                raise ValueError(f"the {what} is {rate:g}; give a number above 0")
        if self.on_chip_bytes < 0:
            raise ValueError(f"on-chip memory is {self.on_chip_bytes:,} B; give 0 or more")

    @property
    def ridge(self) -> float:
        """MACs per byte at which the roof changes from bandwidth to peak."""
        return self.peak_macs_per_s / self.bandwidth_bytes_per_s


PRESETS: tuple[Accelerator, ...] = (
    # 64 × 64 multipliers take one K step of a tile per cycle: 4,096 MACs at 200 MHz. One channel
    # of DDR4-2400, 64 bits wide.
    Accelerator("2DMM 64×64×64 teaching unit", 819.2e9, 19.2e9, 512 << 10),
    # 16 × 16 multipliers at 100 MHz with 32 bits of DDR3-800.
    Accelerator("16×16×16 edge unit", 25.6e9, 3.2e9, 128 << 10, Unit(16, 16, 16)),
    # N. Jouppi et al., "In-Datacenter Performance Analysis of a Tensor Processing Unit", 2017:
    # 65,536 8-bit multipliers at 700 MHz, 34 GB/s of weight memory, 28 MiB on chip.
    Accelerator("256×256×256, rates of TPU v1", 45.8752e12, 34e9, 28 << 20, Unit(256, 256, 256)),
)
"""Presets; the first is the default."""
