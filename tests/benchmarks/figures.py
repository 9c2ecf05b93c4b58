"""Our MACs and parameters beside torchvision's published ones.

``python -m tests.benchmarks.figures [MODEL ...] [--all] [--json]``. MACs are counted on the ONNX
export; parameters on the PyTorch module, since an export folds BatchNorm into its convolutions.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from inspector.analysis.figures import compute_figures
from inspector.analysis.shapes import infer_types
from inspector.io.onnx_reader import read_onnx
from inspector.io.samples import all_samples, ensure_sample, find_sample
from inspector.io.samples.torch_export import build_module, import_torchvision
from inspector.model.graph import build_graph

_TEN = (
    "alexnet",
    "mobilenet_v2",
    "googlenet",
    "resnet18",
    "densenet121",
    "squeezenet1_1",
    "shufflenet_v2_x1_0",
    "mnasnet1_0",
    "efficientnet_b0",
    "vgg11",
)


def main() -> None:
    """Prints one line per model, and at the end how many lie within 0.5 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--all", action="store_true", help="every classification model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = [s.key for s in all_samples()] if options.all else options.models or list(_TEN)
    rows = []
    for name in names:
        rows.append(measure(name))
        if not options.json:
            _print(rows[-1], first=len(rows) == 1)
    if options.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    near = sum(map(_is_near, rows))
    exact = sum(row["parameters"] == row["published_parameters"] for row in rows)
    print(
        f"MACs within 0.5 % or rounding: {near} of {len(rows)}; "
        f"parameters exact: {exact} of {len(rows)}"
    )


def measure(name: str) -> dict[str, Any]:
    """One model's figures and the published ones of its first weights."""
    torchvision = import_torchvision()
    sample = find_sample(name)
    weights = _weights_of_size(torchvision.models.get_model_weights(name), sample.image_size)
    with tempfile.TemporaryDirectory() as folder:
        network = read_onnx(ensure_sample(name, Path(folder))).network
        types, _ = infer_types(network)
        totals = compute_figures(build_graph(network.with_types(types))).totals
    module = build_module(sample)
    published = weights.meta["_ops"] * 1e9
    return {
        "model": name,
        "macs": totals.macs,
        "published_macs": round(published),
        "macs_difference_percent": 100 * (totals.macs - published) / published,
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "published_parameters": weights.meta["num_params"],
        "unknown_nodes": totals.unknown_nodes,
    }


def _weights_of_size(choices: Any, size: int) -> Any:
    """The first published weights for images of the sample's size."""
    fitting = (w for w in choices if w.transforms().crop_size == [size])
    return next(fitting, next(iter(choices)))


def _is_near(row: dict[str, Any]) -> bool:
    """Within 0.5 %, or within the rounding of a figure published to 0.001 G."""
    difference = abs(row["macs"] - row["published_macs"])
    return difference <= max(0.005 * row["published_macs"], 0.5e6)


def _print(row: dict[str, Any], first: bool) -> None:
    if first:
        print(
            f"{'model':<24}{'MACs':>18}{'published':>18}{'diff %':>9}{'parameters':>14}{'pub.':>14}"
        )
    print(
        f"{row['model']:<24}{row['macs']:>18,}{row['published_macs']:>18,}"
        f"{row['macs_difference_percent']:>9.2f}{row['parameters']:>14,}"
        f"{row['published_parameters']:>14,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
