"""Records to JSON and back, exactly: amounts travel as strings."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def encode(record: object) -> bytes:
    """Write a record (dataclass, list or dict of them) as one line of JSON."""
    return orjson.dumps(record, default=str, option=orjson.OPT_NON_STR_KEYS)


def decode(kind: Callable[..., T], data: object) -> T:
    """Read a record back from parsed JSON.

    Raises:
        ValueError, KeyError, TypeError: the data is not such a record.
    """
    record: T = _decoder(kind)(data)
    return record


@cache
def _decoder(kind: Any) -> Decoder:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        inner = next(arg for arg in get_args(kind) if arg is not type(None))
        decoder = _decoder(inner)
        return lambda data: None if data is None else decoder(data)
    if origin is dict:
        key, value = (_decoder(arg) for arg in get_args(kind))
        return lambda data: {key(k): value(v) for k, v in data.items()}
    if origin in {list, tuple}:
        item = _decoder(get_args(kind)[0])
        build: Any = origin
        return lambda data: build(item(entry) for entry in data)
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if kind in {Decimal, int} or issubclass(kind, StrEnum):
        return lambda data: kind(data)
    return lambda data: data


def _dataclass_decoder(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    decoders = [(field.name, _decoder(hints[field.name])) for field in fields(kind)]

    def decode_dataclass(data: dict[str, Any]) -> Any:
        return kind(**{name: read(data[name]) for name, read in decoders if name in data})

    return decode_dataclass
