"""The folder where samples are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

ENVIRONMENT_VARIABLE = "GRAPH_INSPECTOR_CACHE"


def cache_folder() -> Path:
    """The user's cache folder of this program, created if missing.

    The environment variable ``GRAPH_INSPECTOR_CACHE`` overrides the system's usual place.

    Raises:
        OSError: the folder does not exist and cannot be created.
    """
    override = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if override:
        folder = Path(override).expanduser()
    else:
        folder = platformdirs.user_cache_path("graph-inspector", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
