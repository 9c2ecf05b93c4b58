"""What the program remembers between runs: typed settings over QSettings.

Each setting has a default and a rule; a stored value that does not read or does not obey the
rule counts as absent, so that an edited or damaged file never stops the program.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from inspector.analysis.accelerator import PRESETS, Accelerator, Unit

T = TypeVar("T")

MAX_RECENT_FILES = 12
_RECENT_FILES = "recent_files"


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How values of one type are stored; ``read`` raises ValueError or TypeError on rubbish."""

    read: Callable[[Any], T]
    write: Callable[[T], str]


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One remembered value; ``valid`` says which values of the kind are allowed."""

    key: str
    default: T
    kind: Kind[T]
    valid: Callable[[T], bool] = lambda _: True


def _read_bool(stored: Any) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(stored, bool):
        return stored
    if str(stored).lower() not in words:
        raise ValueError(f"not true or false: {stored!r}")
    return words[str(stored).lower()]


def _read_int(stored: Any) -> int:
    if isinstance(stored, bool | float):
        raise ValueError(f"not a whole number: {stored!r}")
    return int(stored)


def _read_str(stored: Any) -> str:
    if not isinstance(stored, str):
        raise TypeError(f"not a text: {stored!r}")
    return stored


def _read_tile(stored: Any) -> tuple[int, int, int]:
    parts = stored if isinstance(stored, tuple) else str(stored).split("x")
    m, k, n = (_read_int(part) for part in parts)
    return m, k, n


def _read_numbers(stored: Any) -> Mapping[str, float]:
    values = stored if isinstance(stored, Mapping) else json.loads(_read_str(stored))
    if not isinstance(values, Mapping):
        raise TypeError(f"not a table of numbers: {stored!r}")
    return {_read_str(name): float(value) for name, value in values.items()}


def _read_accelerator(stored: Any) -> Accelerator:
    if isinstance(stored, Accelerator):
        return stored
    values = json.loads(_read_str(stored))
    if not isinstance(values, Mapping):
        raise TypeError(f"not an accelerator: {stored!r}")
    return Accelerator(
        _read_str(values.get("name", "")),
        float(values.get("peak", 0)),
        float(values.get("bandwidth", 0)),
        _read_int(values.get("on_chip", 0)),
        Unit(*_read_tile(values.get("unit", ""))),
    )


def _write_accelerator(machine: Accelerator) -> str:
    values = {
        "name": machine.name,
        "peak": machine.peak_macs_per_s,
        "bandwidth": machine.bandwidth_bytes_per_s,
        "on_chip": machine.on_chip_bytes,
        "unit": TILE.write(machine.unit.extents),
    }
    return json.dumps(values)


BOOL = Kind(_read_bool, lambda value: "true" if value else "false")
INT = Kind(_read_int, str)
TEXT = Kind(_read_str, str)
TILE = Kind(_read_tile, lambda value: "x".join(map(str, value)))
NUMBERS = Kind(_read_numbers, lambda value: json.dumps(dict(value)))
ACCELERATOR_KIND = Kind(_read_accelerator, _write_accelerator)


def _one_of(*names: str) -> Callable[[str], bool]:
    return lambda value: value in names


THEME = Setting("view/theme", "system", TEXT, _one_of("system", "light", "dark"))
SHOW_CONSTANTS = Setting("view/show_constants", False, BOOL)
ANIMATION = Setting("view/animation", True, BOOL)
BANDWIDTH = Setting("analysis/bandwidth", "course", TEXT, _one_of("course", "true"))
"""``course`` counts rank-0 inputs as 0 bytes, ``true`` counts every byte."""
UNITS = Setting("analysis/units", "decimal", TEXT, _one_of("decimal", "binary"))
"""``decimal`` is kB and MB (powers of 1000), ``binary`` is KiB and MiB (powers of 1024)."""
ACCELERATOR = Setting("analysis/accelerator", PRESETS[0], ACCELERATOR_KIND)
"""What the matrix unit and the roofline are drawn for."""
COUNT_PADDING = Setting("analysis/count_padding", True, BOOL)
"""Whether the roofline counts the padding of tiles as computing."""
TILE_SIZE = Setting("transform/tile", (64, 64, 64), TILE, lambda mkn: all(d > 0 for d in mkn))
"""M, K and N of the tile used last."""
NO_THRESHOLDS: Mapping[str, float] = {}
THRESHOLDS = Setting(
    "verify/thresholds",
    NO_THRESHOLDS,
    NUMBERS,
    lambda table: all(math.isfinite(value) and value >= 0 for value in table.values()),
)
"""Thresholds by measure, only those the user changed."""
SEED = Setting("verify/seed", 0, INT, lambda seed: 0 <= seed < 2**32)
LAST_FOLDER = Setting("files/last_folder", "", TEXT)

REGISTRY: Mapping[str, Setting[Any]] = {
    setting.key: setting
    for setting in (
        THEME,
        SHOW_CONSTANTS,
        ANIMATION,
        BANDWIDTH,
        UNITS,
        ACCELERATOR,
        COUNT_PADDING,
        TILE_SIZE,
        THRESHOLDS,
        SEED,
        LAST_FOLDER,
    )
}


class Settings(QObject):
    """Reads and writes settings; ``changed`` carries the key and the new value."""

    changed = Signal(str, object)
    recent_changed = Signal()

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        """``path`` is an ini file; without it the user's own settings are used."""
        super().__init__(parent)
        ini = QSettings.Format.IniFormat
        if path is None:
            user = QSettings.Scope.UserScope
            self._store = QSettings(ini, user, "graph-inspector", "graph-inspector")
        else:
            self._store = QSettings(str(path), ini)

    def get(self, setting: Setting[T]) -> T:
        """The stored value, or the default where none is stored that obeys the rule."""
        stored = self._store.value(setting.key)
        if stored is None:
            return setting.default
        try:
            value = setting.kind.read(stored)
            return value if setting.valid(value) else setting.default
        except (ValueError, TypeError, OverflowError, RecursionError):
            return setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Store ``value`` and tell the listeners if it is new.

        Raises:
            ValueError: if the setting does not allow the value.
        """
        try:
            read = setting.kind.read(value)
            allowed = setting.valid(read)
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{setting.key} cannot be {value!r}: {error}") from error
        if not allowed:
            raise ValueError(f"{setting.key} cannot be {value!r}")
        if self.get(setting) == read:
            return
        self._store.setValue(setting.key, setting.kind.write(read))
        self.changed.emit(setting.key, read)

    def reset(self, setting: Setting[T]) -> None:
        """Forget the stored value, so that the default holds."""
        before = self.get(setting)
        self._store.remove(setting.key)
        if before != setting.default:
            self.changed.emit(setting.key, setting.default)

    def recent_files(self) -> tuple[Path, ...]:
        """Files opened before, newest first; those that are gone are forgotten here."""
        listed = self._listed_files()
        existing = tuple(path for path in listed if _is_file(path))
        if existing != listed:
            self._list_files(existing)
        return existing

    def add_recent_file(self, path: Path) -> None:
        """Put ``path`` first; the oldest beyond twelve are forgotten."""
        path = path.absolute()
        others = [other for other in self._listed_files() if other != path]
        self._list_files((path, *others)[:MAX_RECENT_FILES])
        self.recent_changed.emit()

    def clear_recent_files(self) -> None:
        """Forget every recent file."""
        self._store.remove(_RECENT_FILES)
        self.recent_changed.emit()

    def window_bytes(self, name: str) -> bytes:
        """What ``set_window_bytes`` stored under ``name`` (geometry, state), or nothing."""
        stored = self._store.value(f"window/{name}")
        return bytes(stored.data()) if isinstance(stored, QByteArray) else b""

    def set_window_bytes(self, name: str, data: bytes) -> None:
        """Store a window's saved geometry or state."""
        self._store.setValue(f"window/{name}", QByteArray(data))

    def sync(self) -> None:
        """Write to disk now; Qt also does so from time to time and at the end."""
        self._store.sync()

    def _listed_files(self) -> tuple[Path, ...]:
        try:
            names = json.loads(_read_str(self._store.value(_RECENT_FILES, "[]")))
            return tuple(Path(_read_str(name)) for name in names)[:MAX_RECENT_FILES]
        except (ValueError, TypeError, RecursionError):
            return ()

    def _list_files(self, paths: tuple[Path, ...]) -> None:
        self._store.setValue(_RECENT_FILES, json.dumps([str(path) for path in paths]))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
