"""Figures as text: whole numbers with separators, and short ones with their unit."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

UNKNOWN_TEXT = "unknown"
_DECIMAL = ("", "k", "M", "G", "T", "P", "E")
_SMALL = ("", "m", "µ", "n", "p")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def count_text(value: int, unit: str = "") -> str:
    """A whole number with thousands separators, or "unknown" below 0."""
    if value < 0:
        return UNKNOWN_TEXT
    return f"{value:,} {unit}" if unit else f"{value:,}"


def short_figure(value: int, unit: str = "", *, binary: bool = False) -> tuple[str, str]:
    """Four significant digits and the prefixed unit: ``("244.4", "MB")``, ``("12", "B")``."""
    if value < 0:
        return UNKNOWN_TEXT, ""
    base, prefixes = (1024, _BINARY) if binary else (1000, _DECIMAL)
    power, scaled = 0, float(value)
    # 999.95 would print as 1000.0 in the smaller unit.
    while scaled >= base - (0.05 if power else 0) and power < len(prefixes) - 1:
        scaled /= base
        power += 1
    if power == 0:
        return f"{value:,}", unit
    digits = 2 if scaled < 99.995 else 1
    return f"{scaled:.{digits}f}", prefixes[power] + unit


def short_text(value: int, unit: str = "", *, binary: bool = False) -> str:
    """A short figure and its unit in one text."""
    figure, shown = short_figure(value, unit, binary=binary)
    return f"{figure} {shown}".rstrip()


def number_text(value: float) -> str:
    """A measured number in six significant digits; not finite ones by name."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    return f"{value:.6g}"


def percent_text(part: float) -> str:
    """A share of 1 in percent; a small one is never shown as nothing."""
    if part <= 0:
        return "0 %"
    percent = 100.0 * part
    if percent < 0.1:
        return "< 0.1 %"
    return f"{percent:.1f} %"


def short_rate(value: float, unit: str) -> tuple[str, str]:
    """A measured quantity as a short figure and its prefixed unit: ``("13.25", "ms")``."""
    if not math.isfinite(value) or value < 0:
        return UNKNOWN_TEXT, ""
    if value == 0 or value >= 1000:
        return short_figure(round(value), unit)
    power = min(max(-math.floor(math.log10(value) / 3), 0), len(_SMALL) - 1)
    scaled = value * 1000**power
    digits = 2 if scaled < 9.995 else 1
    return f"{scaled:.{digits}f}", _SMALL[power] + unit


def rate_text(value: float, unit: str) -> str:
    """A measured quantity and its prefixed unit in one text: ``13.3 ms``, ``819.2 GMAC/s``."""
    figure, shown = short_rate(value, unit)
    return f"{figure} {shown}".rstrip()


def short_name(name: str, op_type: str = "") -> str:
    """The parts of a path that tell: ``a.1`` of ``/a/a.1/Conv``, the operator being known."""
    parts = [part for part in name.split("/") if part]
    if len(parts) > 1 and parts[-1].split("_")[0] == op_type:
        parts.pop()
    told = [part for part, after in pairwise(parts) if not after.startswith(part)]
    return "/".join([*told, *parts[-1:]]) or name


def partial_total(total: int, column: npt.NDArray[np.int64], text: str) -> str | None:
    """What a sum over nodes says where some are unknown (-1): at least that much, or unknown
    where nothing is known of it. None where the sum is whole."""
    if not (column < 0).any():
        return None
    return f"≥ {text}" if total else UNKNOWN_TEXT


def total_text(total: int, column: npt.NDArray[np.int64], unit: str = "") -> str:
    """A sum over nodes in full, which says so where it leaves unknown nodes out."""
    text = count_text(total, unit)
    return partial_total(total, column, text) or text
