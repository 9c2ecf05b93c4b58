from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import NodeProto

from inspector.model.groups import (
    MARK_KEY,
    Mark,
    Role,
    Tiling,
    dump_tilings,
    group_title,
    load_tilings,
    mark_of,
    set_mark,
)

SIZES = st.integers(1, 10**6)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TILINGS = st.builds(
    Tiling, SIZES, SIZES, SIZES, SIZES, SIZES, SIZES, st.booleans(),
    st.lists(NAMES, max_size=2).map(tuple), st.booleans(),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(NAMES.filter(bool), st.sampled_from(Role), st.tuples(*[st.integers(0, 10**6)] * 3))
def test_a_mark_is_read_as_it_was_written(group, role, block):
    node = NodeProto()
    set_mark(node, Mark(group, role, block))
    back = NodeProto.FromString(node.SerializeToString())
    assert mark_of(back) == Mark(group, role, block)


@given(NAMES | st.from_regex(r".*\|(tile|sum|x)\|-?\d*,\d*,?\d*", fullmatch=True))
def test_any_text_as_a_mark_is_a_mark_or_none(text):
    node = NodeProto()
    node.metadata_props.add(key=MARK_KEY, value=text)
    found = mark_of(node)
    assert found is None or isinstance(found, Mark)


def test_a_node_without_the_property_has_no_mark():
    node = NodeProto()
    node.metadata_props.add(key="pkg.torch.onnx.name", value="g|tile|0,0,0")
    assert mark_of(node) is None


@given(st.dictionaries(NAMES, TILINGS, max_size=4))
def test_tilings_are_read_as_they_were_written(tilings):
    assert load_tilings(dump_tilings(tilings)) == tilings


@given(st.text(max_size=40) | JSON.map(json.dumps) | st.dictionaries(NAMES, JSON).map(json.dumps))
def test_rubbish_gives_no_tilings(text):
    assert load_tilings(text) == {}


def test_nothing_and_too_deep_json_give_no_tilings():
    assert load_tilings(None) == {}
    assert load_tilings("[" * 100_000) == {}


FITTING = {"m": 1, "k": 2, "n": 3, "tile_m": 4, "tile_k": 5, "tile_n": 6}
FITTING |= {"padded": False, "origin": ["fc"]}


@pytest.mark.parametrize(
    "change",
    [{"m": 0}, {"k": -1}, {"n": 2.0}, {"tile_m": True}, {"tile_k": "5"}, {"tile_n": None},
     {"origin": "fc"}, {"origin": [1]}, {"extra": 1}, {"padded": "no"}, {"split_rows": []}],
)  # fmt: skip
def test_one_wrong_entry_drops_its_tiling_and_no_other(change):
    text = json.dumps({"good": FITTING, "bad": FITTING | change})
    assert set(load_tilings(text)) == {"good"}


def test_a_file_from_before_rows_could_stay_whole_is_read():
    assert load_tilings(json.dumps({"fc": FITTING}))["fc"].split_rows


@given(TILINGS)
def test_counts_and_utilisation(tiling):
    m, n, k = tiling.blocks
    covered = [(m, tiling.m, tiling.tile_m), (n, tiling.n, tiling.tile_n)]
    for blocks, size, tile in [*covered, (k, tiling.k, tiling.tile_k)]:
        if blocks == m and not tiling.split_rows:
            continue
        assert (blocks - 1) * tile < size <= blocks * tile
    assert tiling.tiles == m * n * k
    assert 0 < tiling.utilisation <= 1


def test_alexnets_first_layer_on_the_64_cube():
    tiling = Tiling(1, 9216, 4096, 64, 64, 64, False, ("fc",))
    assert tiling.blocks == (1, 64, 144)
    assert tiling.tiles == 9216
    assert tiling.macs == 37_748_736
    # One row of 64 is used, everything else is full.
    assert tiling.utilisation == 1 / 64


@pytest.mark.parametrize(
    ("key", "title"),
    [("/classifier/classifier.1/Gemm", "classifier.1"), ("/fc/MatMul_3", "fc"),
     ("Gemm", "Gemm"), ("a/b", "b"), ("///", "///"), ("Gemm_7", "Gemm_7")],
)  # fmt: skip
def test_titles(key, title):
    assert group_title(key) == title
