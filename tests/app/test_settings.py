from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from inspector.analysis.accelerator import Accelerator, Unit
from inspector.app import settings as schema
from inspector.app.settings import REGISTRY, Setting, Settings


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


VALUES: list[tuple[Setting[Any], Any]] = [
    (schema.THEME, "dark"),
    (schema.SHOW_CONSTANTS, True),
    (schema.ANIMATION, False),
    (schema.BANDWIDTH, "true"),
    (schema.UNITS, "binary"),
    (schema.ACCELERATOR, Accelerator("mine", 1.5e12, 3e9, 4096, Unit(8, 16, 32))),
    (schema.COUNT_PADDING, False),
    (schema.TILE_SIZE, (1, 128, 32)),
    (schema.THRESHOLDS, {"mse": 1e-5, "cosine": 0.999}),
    (schema.SEED, 2**32 - 1),
    (schema.LAST_FOLDER, "/models/größe; 100 %, [x]=y\\z"),
]


def test_every_setting_is_covered_here() -> None:
    assert [setting.key for setting, _ in VALUES] == list(REGISTRY)


@pytest.mark.parametrize(("setting", "value"), VALUES, ids=lambda v: getattr(v, "key", ""))
def test_a_value_survives_a_restart(ini: Path, setting: Setting[Any], value: Any) -> None:
    first = Settings(ini)
    assert first.get(setting) == setting.default != value
    first.set(setting, value)
    first.sync()
    assert ini.is_file()
    again = Settings(ini).get(setting)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (schema.THEME, "pink"),
        (schema.SEED, -1),
        (schema.SEED, 1.5),
        (schema.TILE_SIZE, (64, 0, 64)),
        (schema.TILE_SIZE, (64, 64)),
        (schema.THRESHOLDS, {"mse": float("nan")}),
        (schema.SHOW_CONSTANTS, "perhaps"),
    ],
)
def test_a_value_against_the_rule_is_refused(ini: Path, setting: Setting[Any], value: Any) -> None:
    settings = Settings(ini)
    with pytest.raises(ValueError, match=setting.key):
        settings.set(setting, value)
    assert settings.get(setting) == setting.default


@pytest.mark.parametrize("setting", REGISTRY.values(), ids=lambda setting: setting.key)
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rubbish=st.one_of(
        st.text(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.binary(),
        st.lists(st.text(), max_size=3),
    )
)
def test_stored_rubbish_reads_as_a_valid_value(
    ini: Path, setting: Setting[Any], rubbish: Any
) -> None:
    settings = Settings(ini)
    settings._store.setValue(setting.key, rubbish)
    value = settings.get(setting)
    assert type(value) is type(setting.default)
    assert setting.valid(value)


def test_a_file_that_is_no_ini_file_gives_defaults(ini: Path) -> None:
    ini.write_bytes(bytes(range(256)) * 4)
    settings = Settings(ini)
    assert all(settings.get(setting) == setting.default for setting in REGISTRY.values())
    assert settings.recent_files() == ()
    assert settings.window_bytes("geometry") == b""


def test_changed_is_told_once_for_each_new_value(ini: Path) -> None:
    settings = Settings(ini)
    told: list[tuple[str, object]] = []
    settings.changed.connect(lambda key, value: told.append((key, value)))
    settings.set(schema.THEME, "system")
    settings.set(schema.THEME, "dark")
    settings.set(schema.THEME, "dark")
    settings.reset(schema.THEME)
    settings.reset(schema.THEME)
    assert told == [("view/theme", "dark"), ("view/theme", "system")]


def test_recent_files_are_newest_first_unique_and_twelve(ini: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.onnx" for number in range(14)]
    for file in files:
        file.touch()
    settings = Settings(ini)
    for file in (*files, files[5]):
        settings.add_recent_file(file)
    expected = (files[5], *(file for file in reversed(files[1:]) if file != files[5]))[:12]
    settings.sync()
    assert Settings(ini).recent_files() == expected


def test_missing_recent_files_are_forgotten(ini: Path, tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept.onnx", tmp_path / "gone.onnx"
    kept.touch()
    gone.touch()
    settings = Settings(ini)
    settings.add_recent_file(gone)
    settings.add_recent_file(kept)
    gone.unlink()
    assert settings.recent_files() == (kept,)
    gone.touch()
    assert settings.recent_files() == (kept,)
    settings.clear_recent_files()
    assert settings.recent_files() == ()


@pytest.mark.parametrize("stored", ["{", "3", "[1, 2]", '["a\\u0000b"]', "null"])
def test_a_rubbish_list_of_recent_files_is_empty(ini: Path, stored: str) -> None:
    settings = Settings(ini)
    settings._store.setValue("recent_files", stored)
    assert settings.recent_files() == ()


def test_window_bytes_survive_a_restart(ini: Path) -> None:
    data = bytes(range(256))
    settings = Settings(ini)
    settings.set_window_bytes("geometry", data)
    settings.sync()
    assert Settings(ini).window_bytes("geometry") == data
    assert Settings(ini).window_bytes("state") == b""


def test_the_users_own_file_is_not_touched_by_tests(private_home: Path) -> None:
    settings = Settings()
    settings.set(schema.THEME, "light")
    settings.sync()
    assert list(private_home.rglob("graph-inspector.ini"))
