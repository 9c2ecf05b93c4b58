"""The samples the program offers, and the file of each, made once and kept.

AlexNet and MobileNetV2 are written by onnx alone; the others are exported from torchvision. All
weights are random and seeded: nothing is downloaded.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from inspector.io.samples.cache import cache_folder
from inspector.io.samples.catalogue import SAMPLES, Sample
from inspector.io.samples.errors import UnknownSample

Progress = Callable[[float, str], None]
Cancelled = Callable[[], bool]

# Raise it when the making of a sample changes, so that files kept from before are not used.
_RECIPE = 1
_FEATURED = ("alexnet", "mobilenet_v2", "googlenet", "resnet18")
_STALE_AFTER_S = 3600.0


def all_samples() -> tuple[Sample, ...]:
    """Every sample, sorted by key."""
    return SAMPLES


def featured_samples() -> tuple[Sample, ...]:
    """The samples of the welcome page, in its order."""
    return tuple(find_sample(key) for key in _FEATURED)


def find_sample(name: str) -> Sample:
    """The sample with this key or title; case and punctuation do not matter.

    Raises:
        UnknownSample: there is none; the message names those that come close.
    """
    for sample in SAMPLES:
        # Keys may differ in punctuation alone: regnet_x_16gf and regnet_x_1_6gf.
        if name in (sample.key, sample.title):
            return sample
    wanted = _plain(name)
    known = {_plain(text): sample for sample in SAMPLES for text in (sample.key, sample.title)}
    if wanted in known:
        return known[wanted]
    close = difflib.get_close_matches(wanted, known, n=5, cutoff=0.5)
    keys = list(dict.fromkeys(known[match].key for match in close))
    hint = f"Close matches: {', '.join(keys)}." if keys else "No name comes close."
    raise UnknownSample(f"There is no sample called {name!r}. {hint}")


def sample_path(sample: Sample, folder: Path | None = None, seed: int = 0) -> Path:
    """Where the sample's file is kept; it may not exist yet."""
    if folder is None:
        folder = cache_folder() / "samples" / f"v{_RECIPE}"
    suffix = "" if seed == 0 else f"-seed{seed}"
    return folder / f"{sample.key}{suffix}.onnx"


def ensure_sample(
    key: str,
    folder: Path | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    seed: int = 0,
) -> Path:
    """The sample's ONNX file, made now if it is not in ``folder`` (the user's cache by default).

    ``progress`` gets the fraction done, 0 to 1, and what is being done. The file appears complete
    or not at all, also when the process is killed. A torch export looks at ``cancelled`` between
    its steps only, which can be some seconds apart: killing the process is safe.

    Raises:
        UnknownSample: no sample has this key or title.
        SampleUnavailable: the sample needs torch, which is not installed or does not load.
        SampleCancelled: ``cancelled()`` became true.
        OSError: the folder or file cannot be written.
    """
    sample = find_sample(key)
    path = sample_path(sample, folder, seed)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        _make(sample, path, progress or _ignore, cancelled or _never, seed)
    if progress is not None:
        progress(1.0, f"{sample.title} is ready")
    return path


def _make(sample: Sample, path: Path, progress: Progress, cancelled: Cancelled, seed: int) -> None:
    # Imported here: listing the samples must load neither onnx nor torch.
    if sample.needs_torch:
        from inspector.io.samples.torch_export import export_sample

        export_sample(sample, path, progress, cancelled, seed)
        return

    from inspector.io.samples.alexnet import write_alexnet
    from inspector.io.samples.mobilenet_v2 import write_mobilenet_v2

    write = {"alexnet": write_alexnet, "mobilenet_v2": write_mobilenet_v2}[sample.key]
    text = f"Writing {sample.title}"
    write(path, seed, lambda fraction: progress(fraction, text), cancelled)


def _sweep(folder: Path) -> None:
    """Remove unfinished files of processes that were killed, once they are surely abandoned."""
    from inspector.io.samples.streaming import PARTIAL_SUFFIX, remove_partial

    for partial in folder.glob(f".*{PARTIAL_SUFFIX}"):
        with suppress(OSError):
            if time.time() - partial.stat().st_mtime > _STALE_AFTER_S:
                remove_partial(partial)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _ignore(fraction: float, text: str) -> None:
    pass


def _never() -> bool:
    return False
