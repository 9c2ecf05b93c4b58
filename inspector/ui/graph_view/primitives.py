"""Many rectangles or lines in one painter call, from NumPy arrays.

PySide takes a list of QRectF or QLineF; making those objects anew for every frame would cost more
than drawing them. Here they are made once, over memory that NumPy writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QLineF, QRectF

T = TypeVar("T", QRectF, QLineF)

_STRIDE = 32  # four doubles
CHUNK = 4096


class Pool(Generic[T]):
    """Reusable objects of one type over one float64[CHUNK, 4] array."""

    def __init__(self, kind: type[T]) -> None:
        self._kind: type[T] = kind
        self._memory = np.zeros((0, 4))
        self._objects: list[T] = []

    def fill(self, values: npt.NDArray[np.float64]) -> Iterator[list[T]]:
        """Lists of objects with the given values: x, y, width, height or x1, y1, x2, y2.

        In pieces, so that the objects need not be made for the largest frame at once. Each list is
        valid until the next one.
        """
        for start in range(0, len(values), CHUNK):
            piece = values[start : start + CHUNK]
            count = len(piece)
            if count > len(self._objects):
                self._grow(min(max(count, 2 * len(self._objects), 256), CHUNK))
            self._memory[:count] = piece
            yield self._objects if count == len(self._objects) else self._objects[:count]

    def _grow(self, capacity: int) -> None:
        self._objects = []
        self._memory = np.zeros((capacity, 4))
        base = self._memory.ctypes.data
        self._objects = [
            cast(T, shiboken6.wrapInstance(base + _STRIDE * i, self._kind)) for i in range(capacity)
        ]


RECTS: Pool[QRectF] = Pool(QRectF)
LINES: Pool[QLineF] = Pool(QLineF)
