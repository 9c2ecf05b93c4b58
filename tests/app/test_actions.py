from __future__ import annotations

from pathlib import Path

import pytest

from inspector.app.actions import ACTIONS, MENUS, ActionId, ActionSpec, action

ICONS = Path(__file__).parents[2] / "resources" / "icons"


def test_every_id_has_exactly_one_action() -> None:
    assert sorted(spec.id for spec in ACTIONS) == sorted(ActionId)


def test_no_shortcut_is_used_twice() -> None:
    shortcuts = [shortcut for spec in ACTIONS for shortcut in spec.shortcuts]
    assert len(shortcuts) == len(set(shortcuts))


def test_menus_and_groups_come_in_order() -> None:
    places = [(MENUS.index(spec.menu), spec.group) for spec in ACTIONS]
    assert places == sorted(places)
    assert {spec.menu for spec in ACTIONS} == set(MENUS)


@pytest.mark.parametrize("menu", MENUS)
def test_mnemonics_of_a_menu_differ(menu: str) -> None:
    titles = [spec.title for spec in ACTIONS if spec.menu == menu]
    mnemonics = [title[title.index("&") + 1].lower() for title in titles]
    assert len(mnemonics) == len(set(mnemonics))


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: str(spec.id))
def test_an_action_is_complete(spec: ActionSpec) -> None:
    assert spec.id.startswith(spec.menu.lower() + ".")
    assert spec.tip
    assert not spec.icon or (ICONS / f"{spec.icon}.svg").is_file()
    assert not spec.radio or spec.checkable
    # A plain key must not act while the user types somewhere else.
    plain = [keys for keys in spec.shortcuts if "+" not in keys and not keys.startswith("F")]
    assert spec.canvas_only or not plain


def test_shortcuts_are_keys_that_qt_knows() -> None:
    from PySide6.QtGui import QKeySequence

    for spec in ACTIONS:
        for keys in spec.shortcuts:
            sequence = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
            assert sequence.count() == 1
            assert sequence.toString(QKeySequence.SequenceFormat.PortableText) == keys


def test_action_by_id_and_its_plain_title() -> None:
    assert action(ActionId.TRANSFORM_TILE).plain_title == "Tile Linear Layers"
    assert action(ActionId.FILE_OPEN).shortcuts == ("Ctrl+O",)
