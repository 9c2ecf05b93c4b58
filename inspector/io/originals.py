"""Keeps the bytes of an opened file when a save is about to replace it.

Every revision's weights refer to byte ranges of the file as it was opened. Before that file is
replaced it gets a second name in a folder of this process, and the references follow it there.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from inspector.io.onnx_writer import source_files
from inspector.model.network import Network
from inspector.model.weights import StoredFile, WeightUnavailable

_PREFIX = "session-"


def session_folder(cache: Path) -> Path:
    """This process's own folder within the cache; made on demand."""
    folder = cache / f"{_PREFIX}{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def remove_session_folder(cache: Path) -> None:
    """Removes this process's folder and those of processes that are gone."""
    for folder in cache.glob(f"{_PREFIX}*"):
        number = folder.name.removeprefix(_PREFIX)
        if number == str(os.getpid()) or (number.isdigit() and not _is_alive(int(number))):
            shutil.rmtree(folder, ignore_errors=True)


def keep_originals(network: Network, target: Path, folder: Path) -> None:
    """Gives every file of `network` that saving to `target` replaces a second name in `folder`.

    A hard link where the disk allows it, a copy elsewhere. Raises OSError, WeightUnavailable.
    """
    files = {id(file): file for file in source_files(network)}
    if network.file is not None:
        files[id(network.file)] = network.file
    resolved = target.resolve()
    for number, file in enumerate(files.values()):
        if Path(file.path).resolve() == resolved:
            _keep(file, folder / f"{number}-{os.urandom(3).hex()}-{target.name}")


def _keep(file: StoredFile, second: Path) -> None:
    try:
        file.check()
    except WeightUnavailable:
        # Already replaced by somebody else: there is nothing left to keep.
        return
    try:
        os.link(file.path, second)
    except OSError:
        shutil.copy2(file.path, second)
        os.utime(second, ns=(file.mtime_ns, file.mtime_ns))
    file.path = os.fspath(second)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
