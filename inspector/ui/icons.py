"""Resources on disk, and line icons drawn in the colours of the theme."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import inspector

if TYPE_CHECKING:
    from inspector.ui.theme import Theme

# Icons of 16, 20, 24 and 32 find their exact size here at device ratios 1, 2 and mostly 3.
_SIZES = (16, 20, 24, 32, 40, 48, 64, 96)
_LARGEST_DISABLED = 48


@cache
def resources_folder() -> Path:
    """The folder of icons, styles and samples.

    It is beside the executable's code when frozen, inside the package when installed and beside
    the package in a checkout.

    Raises:
        FileNotFoundError: if the program was installed without its resources.
    """
    package = Path(inspector.__file__).resolve().parent
    places = [package / "resources", package.parent / "resources"]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        places.insert(0, Path(frozen) / "resources")
    for place in places:
        if (place / "icons" / "app.svg").is_file():
            return place
    raise FileNotFoundError(
        "The program's resources are missing; install it again. Looked in: "
        + ", ".join(str(place) for place in places)
    )


def resource_path(*parts: str) -> Path:
    """The path of one resource, such as ``resource_path("icons", "app.svg")``."""
    return resources_folder().joinpath(*parts)


def icon(name: str, theme: Theme, colour: Literal["text", "secondary", "accent"] = "text") -> QIcon:
    """The line icon ``name`` in a colour of ``theme``, sharp at any device ratio.

    Needs a running QGuiApplication. Icons are cached; a disabled one is drawn fainter.

    Raises:
        FileNotFoundError: if there is no icon of that name.
    """
    return _tinted(name, str(getattr(theme, colour)), theme.disabled)


@cache
def app_icon() -> QIcon:
    """The application's own icon, in colour."""
    source = resource_path("icons", "app.svg").read_text(encoding="utf-8")
    result = QIcon()
    for size in (*_SIZES, 128, 256):
        result.addPixmap(_render(source, size))
    return result


@cache
def _tinted(name: str, colour: str, disabled: str) -> QIcon:
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for size in _SIZES:
        result.addPixmap(_render(source.replace("currentColor", colour), size))
        if size <= _LARGEST_DISABLED:
            faint = _render(source.replace("currentColor", disabled), size)
            result.addPixmap(faint, QIcon.Mode.Disabled)
    return result


def _render(source: str, size: int) -> QPixmap:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)
