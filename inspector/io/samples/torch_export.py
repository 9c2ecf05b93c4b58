"""Exports torchvision's classification models to ONNX with seeded random weights.

PyTorch's TorchScript-based exporter is used: it folds BatchNorm, needs no onnxscript, and gives
nodes the names of the modules. torch is imported inside functions only.
"""

from __future__ import annotations

import importlib
import math
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import onnx

from inspector.io.samples.building import OPSET
from inspector.io.samples.catalogue import Sample
from inspector.io.samples.errors import SampleCancelled, SampleError, SampleUnavailable
from inspector.io.samples.streaming import atomic_file, partial_path, remove_partial

_MISSING_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
# Kept for the life of the process: torch forgets the schemas when their library is collected.
_schema_library: list[Any] = []


def import_torchvision() -> ModuleType:
    """torchvision, also where its compiled operators do not match the installed torch.

    torchvision then stops at import with "operator torchvision::nms does not exist". The models
    need no such operator, so its schema is declared and the import tried again.

    Raises:
        ImportError: torch or torchvision is not installed.
        RuntimeError: torchvision does not load for another reason.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    torch = importlib.import_module("torch")
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, signature in _MISSING_SCHEMAS.items():
        library.define(name + signature)
    _schema_library.append(library)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")


def export_sample(
    sample: Sample,
    target: Path,
    progress: Callable[[float, str], None],
    cancelled: Callable[[], bool],
    seed: int = 0,
) -> None:
    """Export one model of torchvision to ``target``, complete or not at all.

    A model over protobuf's limit of 2 GiB gets its weights in one file beside it,
    ``target`` with ``.data`` appended.

    Raises:
        SampleUnavailable: torch or torchvision is not installed or does not load.
        SampleCancelled: ``cancelled()`` was true between two steps; nothing is left behind.
        SampleError: the installed torch cannot export this model.
    """

    def step(fraction: float, text: str) -> None:
        if cancelled():
            raise SampleCancelled(f"Making {sample.title} was cancelled.")
        progress(fraction, text)

    step(0.0, "Loading PyTorch")
    load_torchvision(sample)
    step(0.3, f"Building {sample.title}")
    module = build_module(sample, seed)
    partial = partial_path(target)
    partial.mkdir()
    try:
        step(0.6, f"Exporting {sample.title} to ONNX")
        _export(module, sample, partial / "model.onnx")
        del module
        step(0.9, f"Writing {sample.title}")
        _finish(partial / "model.onnx", target, lambda: step(0.9, f"Writing {sample.title}"))
    finally:
        remove_partial(partial)


def load_torchvision(sample: Sample) -> ModuleType:
    """torchvision, or an error that tells the user what to install to get the sample.

    Raises:
        SampleUnavailable: torch or torchvision is not installed or does not load.
    """
    install = 'pip install "graph-inspector[torch]"'
    try:
        with _quiet():
            return import_torchvision()
    except ImportError as error:
        raise SampleUnavailable(
            f"{sample.title} is exported from torchvision, which is not installed. "
            f"Install it with: {install}"
        ) from error
    except (RuntimeError, OSError) as error:
        raise SampleUnavailable(
            f"{sample.title} is exported from torchvision, which does not load: {error}. "
            f"Install matching versions with: {install}"
        ) from error


def build_module(sample: Sample, seed: int = 0) -> Any:
    """The torch module in evaluation mode, the same for the same seed, with sane activations.

    torch's global random state is left as it was.

    Raises:
        SampleUnavailable: torch or torchvision is not installed or does not load.
    """
    torchvision = load_torchvision(sample)
    import torch

    options: dict[str, Any] = {"weights": None}
    if sample.key in ("googlenet", "inception_v3"):
        options |= {"aux_logits": False, "init_weights": False}
    with torch.random.fork_rng(devices=[]), torch.no_grad(), _quiet():
        torch.default_generator.manual_seed(seed)
        module = torchvision.models.get_model(sample.key, **options).eval()
        _vary_constants(module)
        _calibrate(module, torch.randn(2, 3, sample.image_size, sample.image_size))
    return module


def _vary_constants(module: Any) -> None:
    """Give random values to parameters that torchvision fills with one value.

    A head of zeros (ViT) would make every output zero, and the exporter would merge equal
    tensors, such as the zero biases of a network, into one weight and Identity nodes.
    """
    import torch

    for parameter in module.parameters():
        first = parameter.flatten()[0].item()
        if not torch.all(parameter == first):
            continue
        if first == 0.0:
            fan_in = math.prod(parameter.shape[1:]) if parameter.dim() > 1 else 400
            parameter.uniform_(-1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))
        else:
            parameter.uniform_(0.8 * first, 1.2 * first)


def _calibrate(module: Any, images: Any) -> None:
    """Set the statistics of every BatchNorm to those of random images.

    With the initial mean 0 and variance 1 the activations of a deep residual network double from
    block to block, and float32 rounding then drowns any comparison of two runs.
    """
    import torch

    norms = [part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    module(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _export(module: Any, sample: Sample, path: Path) -> None:
    import torch

    images = torch.zeros(1, 3, sample.image_size, sample.image_size)
    try:
        with _quiet(), torch.no_grad(), _plain_attention():
            torch.onnx.export(
                module,
                (images,),
                str(path),
                dynamo=False,
                opset_version=OPSET,
                input_names=["input"],
                output_names=["output"],
            )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as error:
        reason = str(error).partition("\n")[0]
        raise SampleError(
            f"torch {torch.__version__} cannot export {sample.title} to ONNX: {reason}"
        ) from error


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Have attention computed by operators that ONNX has, not by torch's fused one."""
    import torch

    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the exporter's remarks on tracing and on its own age: the user can do nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _finish(exported: Path, target: Path, check: Callable[[], None]) -> None:
    """Put the exported model in its place, with folded weights named after their modules."""
    model = onnx.load(exported, load_external_data=False)
    name_folded_weights(model.graph)
    data = target.with_name(target.name + ".data")
    if any(tensor.external_data for tensor in model.graph.initializer):
        with atomic_file(data) as file:
            for tensor in model.graph.initializer:
                check()
                _move_external(tensor, exported.parent, data.name, file)
    with atomic_file(target) as file:
        file.write(model.SerializeToString())


def _move_external(tensor: onnx.TensorProto, folder: Path, location: str, file: Any) -> None:
    """Append one externally stored tensor to the common file and point the tensor there."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    if not entries:
        return
    offset = file.tell()
    with (folder / entries["location"]).open("rb") as source:
        source.seek(int(entries.get("offset", 0)))
        shutil.copyfileobj(source, file, 1 << 20)
    del tensor.external_data[:]
    place = {"location": location, "offset": offset, "length": file.tell() - offset}
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))


def name_folded_weights(graph: onnx.GraphProto) -> None:
    """Rename ``onnx::Conv_123`` and its like, made by folding, to ``layer1.0.conv1.weight``.

    The exporter numbers the tensors that it computes; the number says nothing and changes with its
    version. A tensor that several nodes read keeps its name.
    """
    readers: dict[str, list[tuple[onnx.NodeProto, int]]] = {}
    for node in graph.node:
        for position, name in enumerate(node.input):
            readers.setdefault(name, []).append((node, position))
    taken = {tensor.name for tensor in graph.initializer}
    for tensor in graph.initializer:
        uses = readers.get(tensor.name, [])
        if not tensor.name.startswith("onnx::Conv_") or len(uses) != 1:
            continue
        node, position = uses[0]
        if node.op_type != "Conv" or position not in (1, 2):
            continue
        name = f"{module_of(node.name)}.{('weight', 'bias')[position - 1]}"
        if name not in taken:
            taken.add(name)
            tensor.name = node.input[position] = name


def module_of(node_name: str) -> str:
    """The module path of a node: ``/layer1/layer1.0/conv1/Conv`` is ``layer1.0.conv1``."""
    path: list[str] = []
    previous = ""
    for part in node_name.split("/")[1:-1]:
        path.append(part.removeprefix(f"{previous}."))
        previous = part
    return ".".join(path)
