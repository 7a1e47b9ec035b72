"""Several runs over one graph at once: a number of each run side by side, in one register.

A run over a large graph waits for memory. Eight that go over the same edges at once load each edge, and
each node's eight numbers, which are one line of cache, once for all of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

from influence_graph.arrays import FloatArray

#: Runs at once: their numbers of one node fill a line of cache.
LANES = 8
tools: Any = cgutils


def lanes_of(shape: tuple[int, ...], value: float) -> FloatArray:
    """Return an array of this shape and a number a lane, of this value: each row is one line of cache.

    Examples
    --------
    >>> lanes_of((2, 3), 1.0).shape
    (2, 3, 8)
    """
    size = math.prod(shape) * LANES
    raw = np.full(size + LANES - 1, value)
    first = -raw.ctypes.data // raw.itemsize % LANES
    return raw[first : first + size].reshape(*shape, LANES)


_WORD, _ROW = ir.IntType(64), ir.VectorType(ir.DoubleType(), LANES)


def _turn_lanes(
    typing_context: Any,
    before: Any,
    sources: Any,
    chance: Any,
    nodes: Any,
    inactive: Any,
    latest: Any,
    turned: Any,
    least: Any,
) -> Any:
    """One step of independent tries at each of ``nodes``, for every run.

    With q = Π_e (1 − chance[e] · latest[sources[e]]) over e in [before[b], before[b + 1]): ``turned[b]``
    becomes (1 − q) · ``inactive[b]``, which ``inactive[b]`` loses; ``least`` falls to q where ``inactive``
    was above 0. The last row of ``turned`` takes what belongs to nodes that have no row there.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        arrays = [
            context.make_array(kind)(context, builder, given)
            for kind, given in zip(kinds, arguments, strict=True)
        ]
        zero, one, ones = ir.Constant(_WORD, 0), ir.Constant(_WORD, 1), ir.Constant(_ROW, [1.0] * LANES)

        def item(array: int, *place: Any) -> Any:
            return tools.get_item_pointer(
                context, builder, kinds[array], arrays[array], place, wraparound=False, boundscheck=False
            )

        def row(array: int, *place: Any) -> Any:
            return builder.bitcast(item(array, *place, zero), _ROW.as_pointer())

        def position(array: int, place: Any) -> Any:
            return builder.sext(builder.load(item(array, place)), _WORD)

        kept = tools.alloca_once(builder, _ROW)
        lowest = tools.alloca_once_value(builder, builder.load(row(7), align=8))
        unused = builder.sub(builder.extract_value(arrays[6].shape, 0), one)
        with tools.for_range(builder, builder.extract_value(arrays[3].shape, 0), intp=_WORD) as loop:
            b = position(3, loop.index)
            builder.store(ones, kept)
            begin, end = builder.load(item(0, b)), builder.load(item(0, builder.add(b, one)))
            with tools.for_range_slice(builder, begin, end, one, _WORD) as (e, _):
                p = builder.insert_element(ir.Constant(_ROW, ir.Undefined), builder.load(item(2, e)), zero)
                same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
                tries = builder.fmul(
                    builder.load(row(5, position(1, e)), align=8), builder.shuffle_vector(p, p, same)
                )
                builder.store(builder.fmul(builder.load(kept), builder.fsub(ones, tries)), kept)
            q, was = builder.load(kept), builder.load(row(4, b), align=8)
            new = builder.fmul(builder.fsub(ones, q), was)
            builder.store(builder.fsub(was, new), row(4, b), align=8)
            into = builder.select(builder.icmp_signed("<", b, unused), b, unused)
            builder.store(new, row(6, into), align=8)
            counts = builder.fcmp_ordered(">", was, ir.Constant(_ROW, [0.0] * LANES))
            falls = builder.and_(counts, builder.fcmp_ordered("<", q, builder.load(lowest)))
            builder.store(builder.select(falls, q, builder.load(lowest)), lowest)
        builder.store(builder.load(lowest), row(7), align=8)
        return context.get_dummy_value()

    return types.void(before, sources, chance, nodes, inactive, latest, turned, least), generate


turn_lanes: Any = intrinsic(_turn_lanes)
