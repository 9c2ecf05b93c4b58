from __future__ import annotations

from pathlib import Path

import platformdirs

from inspector.io.samples.cache import cache_folder


def test_environment_variable_names_the_folder(monkeypatch, tmp_path):
    wanted = tmp_path / "a" / "b"
    monkeypatch.setenv("GRAPH_INSPECTOR_CACHE", str(wanted))
    assert cache_folder() == wanted
    assert wanted.is_dir()


def test_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("GRAPH_INSPECTOR_CACHE", "~/kept")
    assert cache_folder() == tmp_path / "kept"


def test_default_is_the_systems_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("GRAPH_INSPECTOR_CACHE", raising=False)
    asked = []

    def user_cache_path(*args: object, **kwargs: object) -> Path:
        asked.append(args[0])
        return tmp_path / "system"

    monkeypatch.setattr(platformdirs, "user_cache_path", user_cache_path)
    assert cache_folder() == tmp_path / "system"
    assert cache_folder().is_dir()
    assert asked == ["graph-inspector", "graph-inspector"]
