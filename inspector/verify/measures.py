"""How far one tensor is from another. Sums are taken in float64, in pieces of bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

RELATIVE_FLOOR = 1e-3
"""Values below this share of the largest reference value have no relative error: it would only
tell how close to zero they happen to be."""
_PIECE = 1 << 20
_TIE_ULPS = 8


@dataclass(frozen=True, slots=True)
class Measures:
    """Differences of an output from its reference.

    Numeric measures are over the elements that are finite on both sides; with a = output and
    b = reference:

    - mse: mean of (a - b)^2; mean_abs: mean of |a - b|; max_abs: largest |a - b|
    - max_rel: largest |a - b| / |b|, where |b| > RELATIVE_FLOOR * max |b|
    - rel_l2: ||a - b|| / ||b||, infinite where only b is zero
    - cosine: a·b / (||a|| ||b||); 1 where both are zero, 0 where one is
    - top1_agree: whether the largest value has the same index in each row; None where the output
      is not one row of scores per item. A row whose two candidates are tied in the reference to
      within 8 units of the last place agrees.
    """

    reference_type: str
    output_type: str
    elements: int = 0
    mismatch: str = ""
    """Why the two cannot be the same at all: another shape or element type."""
    exact: bool = False
    """True for integers, booleans and strings, which must be equal."""
    unequal: int = 0
    """Elements that differ at all."""
    finite: int = 0
    """Elements that are finite on both sides: those that the numeric measures are over."""
    nan_mismatches: int = 0
    """Elements that are NaN on one side only."""
    inf_mismatches: int = 0
    """Elements that are infinite on one side only, or with another sign."""
    mse: float = 0.0
    mean_abs: float = 0.0
    max_abs: float = 0.0
    max_rel: float = 0.0
    rel_l2: float = 0.0
    cosine: float = 1.0
    top1_agree: bool | None = None
    reference_max: float = 0.0
    """Largest |b|: the scale of the output."""


def compare(reference: Array, output: Array) -> Measures:
    """Measures an output against its reference; of other shape, only that is said."""
    types = _type_text(reference), _type_text(output)
    if reference.shape != output.shape:
        return Measures(*types, mismatch=f"The shape differs: {types[0]} against {types[1]}.")
    mismatch = ""
    if reference.dtype != output.dtype:
        mismatch = f"The element type differs: {types[0]} against {types[1]}."
    basic = Measures(*types, elements=reference.size, mismatch=mismatch)
    if reference.dtype.kind in "OUS" or output.dtype.kind in "OUS":
        unequal = int(np.count_nonzero(reference != output))
        return replace(basic, exact=True, unequal=unequal)
    basic = replace(basic, exact=_is_exact(reference) and _is_exact(output))
    if reference.size == 0:
        return basic
    return replace(_measure(basic, reference, output), top1_agree=_top1(reference, output))


def worst(trials: Sequence[Measures]) -> Measures:
    """One set of measures for several trials of the same output: the worst of each."""
    total = trials[0]
    for each in trials[1:]:
        agreed = [m.top1_agree for m in (total, each) if m.top1_agree is not None]
        total = Measures(
            reference_type=total.reference_type,
            output_type=total.output_type,
            elements=total.elements + each.elements,
            mismatch=total.mismatch or each.mismatch,
            exact=total.exact and each.exact,
            unequal=total.unequal + each.unequal,
            finite=total.finite + each.finite,
            nan_mismatches=total.nan_mismatches + each.nan_mismatches,
            inf_mismatches=total.inf_mismatches + each.inf_mismatches,
            mse=max(total.mse, each.mse),
            mean_abs=max(total.mean_abs, each.mean_abs),
            max_abs=max(total.max_abs, each.max_abs),
            max_rel=max(total.max_rel, each.max_rel),
            rel_l2=max(total.rel_l2, each.rel_l2),
            cosine=min(total.cosine, each.cosine),
            top1_agree=all(agreed) if agreed else None,
            reference_max=max(total.reference_max, each.reference_max),
        )
    return total


def _measure(basic: Measures, reference: Array, output: Array) -> Measures:
    b_all, a_all = np.ravel(reference), np.ravel(output)
    largest = max((_largest(piece) for piece in _pieces(b_all)), default=0.0)
    sums = _Sums(RELATIVE_FLOOR * largest)
    with np.errstate(over="ignore"):
        for b, a in zip(_pieces(b_all), _pieces(a_all), strict=True):
            sums.add(b, a)
    return sums.measures(basic, largest)


class _Sums:
    def __init__(self, floor: float) -> None:
        self.floor = floor
        self.unequal = self.nans = self.infs = self.finite = 0
        self.absolute = self.aa = self.bb = self.ab = self.dd = 0.0
        self.max_abs = self.max_rel = 0.0

    def add(self, b_stored: Array, a_stored: Array) -> None:
        self.unequal += int(np.count_nonzero(_differ(b_stored, a_stored)))
        b, a = b_stored.astype(np.float64), a_stored.astype(np.float64)
        both = np.isfinite(a) & np.isfinite(b)
        if not both.all():
            nan_a, nan_b = np.isnan(a), np.isnan(b)
            one_nan = nan_a != nan_b
            self.nans += int(np.count_nonzero(one_nan))
            infinite = (np.isinf(a) | np.isinf(b)) & ~nan_a & ~nan_b
            self.infs += int(np.count_nonzero(infinite & (a != b)))
            a, b = a[both], b[both]
        self.finite += a.size
        if not a.size:
            return
        difference = np.abs(a - b)
        size = np.abs(b)
        self.dd += float(np.dot(difference, difference))
        self.aa += float(np.dot(a, a))
        self.bb += float(np.dot(b, b))
        self.ab += float(np.dot(a, b))
        self.absolute += float(difference.sum())
        self.max_abs = max(self.max_abs, float(difference.max()))
        large = size > self.floor
        if large.any():
            self.max_rel = max(self.max_rel, float((difference[large] / size[large]).max()))

    def measures(self, basic: Measures, largest: float) -> Measures:
        count = max(self.finite, 1)
        return replace(
            basic,
            unequal=self.unequal,
            finite=self.finite,
            nan_mismatches=self.nans,
            inf_mismatches=self.infs,
            mse=self.dd / count,
            mean_abs=self.absolute / count,
            max_abs=self.max_abs,
            max_rel=self.max_rel,
            rel_l2=self._relative(),
            cosine=self._cosine(),
            reference_max=largest,
        )

    def _relative(self) -> float:
        if self.bb > 0:
            return math.sqrt(self.dd / self.bb)
        return 0.0 if self.dd == 0 else math.inf

    def _cosine(self) -> float:
        if self.aa > 0 and self.bb > 0:
            cosine = self.ab / (math.sqrt(self.aa) * math.sqrt(self.bb))
            return max(-1.0, min(1.0, cosine))
        return 1.0 if self.aa == self.bb else 0.0


def _pieces(flat: Array) -> Iterator[Array]:
    for start in range(0, flat.size, _PIECE):
        yield flat[start : start + _PIECE]


def _largest(piece: Array) -> float:
    sizes = np.abs(piece.astype(np.float64))
    return float(sizes.max(where=np.isfinite(sizes), initial=0.0))


def _differ(b: Array, a: Array) -> npt.NDArray[np.bool_]:
    unequal: npt.NDArray[np.bool_] = a != b
    if a.dtype.kind in "fV" and b.dtype.kind in "fV":
        unequal &= ~((a != a) & (b != b))
    return unequal


def _is_exact(values: Array) -> bool:
    return values.dtype.kind in "iub"


def _top1(reference: Array, output: Array) -> bool | None:
    if _is_exact(reference) or _is_exact(output):
        return None
    rows = _score_rows(reference.shape)
    if rows is None:
        return None
    b = reference.reshape(rows).astype(np.float64)
    a = output.reshape(rows).astype(np.float64)
    index = np.arange(rows[0])
    chosen, right = a.argmax(axis=1), b.argmax(axis=1)
    margin = b[index, right] - b[index, chosen]
    scale = np.abs(b).max(axis=1)
    step = float(np.finfo(reference.dtype).eps) if reference.dtype.kind == "f" else 2.0**-8
    agree = (chosen == right) | (margin <= _TIE_ULPS * step * scale)
    return bool(agree.all())


def _score_rows(shape: Iterable[int]) -> tuple[int, int] | None:
    """(items, scores) where a shape is one row of scores per item, such as N×C or N×C×1×1."""
    first, *rest = shape if tuple(shape) else (1,)
    long = [size for size in rest if size != 1]
    if not rest and first > 1:
        return 1, first
    return (first, long[0]) if len(long) == 1 else None


def _type_text(values: Array) -> str:
    shape = "×".join(map(str, values.shape)) or "scalar"
    name = "string" if values.dtype.kind in "OUS" else values.dtype.name
    return f"{name} {shape}"
