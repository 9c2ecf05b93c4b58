"""Sample models: what the zoo offers, and how each is made and kept."""

from __future__ import annotations

from inspector.io.samples.cache import cache_folder
from inspector.io.samples.catalogue import Sample
from inspector.io.samples.errors import (
    SampleCancelled,
    SampleError,
    SampleUnavailable,
    UnknownSample,
)
from inspector.io.samples.zoo import (
    all_samples,
    ensure_sample,
    featured_samples,
    find_sample,
    sample_path,
)

__all__ = [
    "Sample",
    "SampleCancelled",
    "SampleError",
    "SampleUnavailable",
    "UnknownSample",
    "all_samples",
    "cache_folder",
    "ensure_sample",
    "featured_samples",
    "find_sample",
    "sample_path",
]
