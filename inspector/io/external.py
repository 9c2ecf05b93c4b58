"""External data: where a weight's bytes lie outside the model file, and whether that is allowed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from onnx import TensorProto

from inspector.model.dtypes import dtype
from inspector.model.weights import FileSlice, Missing, StoredFile, Weight


def external_source(tensor: TensorProto, model: Path) -> FileSlice | Missing:
    """The byte range that an external tensor names, or the reason why it cannot be used.

    A model file may come from anywhere, so only files within the model's own folder are read:
    no absolute path, no way up, and no link that leads out.
    """
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    problem = _refused(location)
    if problem:
        return Missing(problem)
    folder = model.parent.resolve()
    path = (folder / location).resolve()
    if not path.is_relative_to(folder):
        return Missing(f"its file {location} leads out of the model's folder, which is not allowed")
    try:
        if not path.is_file():
            raise FileNotFoundError
        file = StoredFile.of(path)
        offset = int(entries.get("offset", 0))
        length = int(entries["length"]) if "length" in entries else _length(tensor)
    except OSError:
        return Missing(f"its file {location} is not beside the model; put it into {folder}")
    except ValueError:
        return Missing(f"its place in {location} is not a number")
    if offset < 0 or length < 0 or offset + length > file.size:
        return Missing(f"{location} is too short; copy or download it again")
    return FileSlice(file, offset, length)


def _refused(location: str) -> str:
    if not location or "\0" in location:
        return "its external file has no name"
    parts = PurePosixPath(location).parts + PureWindowsPath(location).parts
    absolute = PurePosixPath(location).is_absolute() or PureWindowsPath(location).drive
    if absolute or ".." in parts:
        return f"its file {location} lies outside the model's folder, which is not allowed"
    return ""


def _length(tensor: TensorProto) -> int:
    weight = Weight("", tensor.data_type, tuple(tensor.dims), Missing(""))
    return dtype(weight.elem).nbytes(weight.elements)
