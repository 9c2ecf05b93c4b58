from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

import inspector
from inspector.model.categories import Category
from inspector.ui import icons
from inspector.ui.theme import DARK, LIGHT, Theme, apply_theme, stylesheet, theme_for

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
CATEGORIES = [str(category) for category in Category]


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_has_its_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@THEMES
@pytest.mark.parametrize("ground", ["pane", "background", "raised"])
def test_text_is_readable(theme: Theme, ground: str) -> None:
    colours = {
        name: getattr(theme, name)
        for name in ("text", "secondary", "accent", "success", "warning", "error")
    }
    found = {
        name: round(contrast(colour, getattr(theme, ground)), 2)
        for name, colour in {**colours, **theme.categories}.items()
    }
    assert {name: value for name, value in found.items() if value < 4.5} == {}


@THEMES
def test_text_on_accent_selection_and_hover_is_readable(theme: Theme) -> None:
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.on_accent, theme.accent_hover) >= 4.5
    for ground in (theme.selection, theme.hover):
        assert contrast(theme.text, ground) >= 4.5
        assert contrast(theme.secondary, ground) >= 4.5


@THEMES
def test_outlines_and_focus_rings_stand_out(theme: Theme) -> None:
    for colour in (theme.outline, theme.accent):
        for ground in (theme.pane, theme.background, theme.raised):
            assert contrast(colour, ground) >= 3


@THEMES
def test_each_category_has_a_colour_of_its_own(theme: Theme) -> None:
    assert list(theme.categories) == CATEGORIES
    assert len(set(theme.categories.values())) == len(CATEGORIES)
    assert theme.category("linear") == theme.categories["linear"]
    assert theme.category("something new") == theme.categories["other"]


def test_theme_for_names(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert theme_for("light") is LIGHT
    assert theme_for("dark") is DARK
    for scheme, expected in (
        (Qt.ColorScheme.Dark, DARK),
        (Qt.ColorScheme.Light, LIGHT),
        (Qt.ColorScheme.Unknown, LIGHT),
    ):

        class Hints:
            @staticmethod
            def colorScheme(scheme: Qt.ColorScheme = scheme) -> Qt.ColorScheme:
                return scheme

        monkeypatch.setattr(QGuiApplication, "styleHints", lambda hints=Hints: hints)
        assert theme_for("system") is expected


@THEMES
def test_the_stylesheet_is_filled_and_follows_the_font(theme: Theme) -> None:
    large = QFont()
    large.setPointSizeF(20)
    sheet = stylesheet(theme, large)
    assert "$" not in sheet
    assert "font-size: 28.0pt" in sheet
    pixels = QFont()
    pixels.setPixelSize(20)
    assert "font-size: 28px" in stylesheet(theme, pixels)
    for path in re.findall(r'url\("(.*?)"\)', sheet):
        assert Path(path).is_file()


@THEMES
def test_applied_theme_reaches_widgets(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(theme.background)
    edit, button, label = QLineEdit("text"), QPushButton("Apply"), QLabel("note")
    button.setProperty("primary", True)
    label.setProperty("role", "secondary")
    for widget in (edit, button, label):
        qtbot.addWidget(widget)
        widget.resize(120, 32)
        widget.show()
    filled = button.grab().toImage()
    assert filled.pixelColor(filled.width() // 2, 4) == QColor(theme.accent)
    assert label.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.secondary)
    plain = edit.grab().toImage()
    assert plain.pixelColor(plain.width() // 2, 4) == QColor(theme.background)


def names() -> list[str]:
    folder = Path(__file__).parents[2] / "resources" / "icons"
    return sorted(path.stem for path in folder.glob("*.svg") if path.stem != "app")


@pytest.mark.parametrize("name", names())
def test_icons_are_drawn_in_the_theme_s_colour(qapp: QApplication, name: str) -> None:
    for theme in (LIGHT, DARK):
        drawn = icons.icon(name, theme)
        image = drawn.pixmap(24, 24).toImage()
        wanted = QColor(theme.text)
        solid = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 250
        ]
        assert solid
        assert all(abs(colour.red() - wanted.red()) <= 2 for colour in solid)
        # Nothing touches the border, where a neighbour or a frame would cut it.
        assert all(image.pixelColor(x, 0).alpha() < 40 for x in range(image.width()))


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_icons_are_sharp_at_any_ratio(qapp: QApplication, ratio: float) -> None:
    from PySide6.QtCore import QSize

    pixmap = icons.icon("tile", LIGHT).pixmap(QSize(16, 16), ratio)
    assert pixmap.width() == round(16 * ratio)
    assert not icons.app_icon().pixmap(QSize(64, 64), ratio).isNull()


def test_icons_are_cached_and_a_disabled_one_is_fainter(qapp: QApplication) -> None:
    first = icons.icon("open", LIGHT)
    assert icons.icon("open", LIGHT).cacheKey() == first.cacheKey()
    faint = first.pixmap(24, 24, QIcon.Mode.Disabled).toImage()
    assert faint != first.pixmap(24, 24).toImage()
    with pytest.raises(FileNotFoundError):
        icons.icon("no such icon", LIGHT)


@pytest.fixture
def fresh_lookup() -> object:
    icons.resources_folder.cache_clear()
    yield
    icons.resources_folder.cache_clear()


@pytest.mark.usefixtures("fresh_lookup")
@pytest.mark.parametrize("layout", ["checkout", "wheel", "frozen"])
def test_resources_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    package = tmp_path / "lib" / "inspector"
    folder = {
        "checkout": package.parent / "resources",
        "wheel": package / "resources",
        "frozen": tmp_path / "bundle" / "resources",
    }[layout]
    (folder / "icons").mkdir(parents=True)
    (folder / "icons" / "app.svg").touch()
    monkeypatch.setattr(inspector, "__file__", str(package / "__init__.py"))
    if layout == "frozen":
        monkeypatch.setattr("sys._MEIPASS", str(tmp_path / "bundle"), raising=False)
    assert icons.resources_folder() == folder
    assert icons.resource_path("icons", "app.svg") == folder / "icons" / "app.svg"


@pytest.mark.usefixtures("fresh_lookup")
def test_missing_resources_say_where_they_were_sought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspector, "__file__", str(tmp_path / "lib" / "inspector" / "__init__.py"))
    with pytest.raises(FileNotFoundError, match="resources are missing"):
        icons.resources_folder()
