"""Compare JSON with a written shape, and a written shape with a sample of somebody else's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FIRST_MS = 1_000_000_000_000


class Shapes:
    """Shapes and the words that their types name."""

    def __init__(self, shapes: Mapping[str, str], words: Mapping[str, str]) -> None:
        self._words = {name: set(line.split()) for name, line in words.items()}
        self._shapes = {name: dict(_read(line)) for name, line in shapes.items()}

    def differences(self, name: str, value: Any) -> list[str]:
        """List where a value is not of a shape; every element of a list is looked at."""
        rows = value if isinstance(value, list) else [value]
        return [found for row in rows for found in self._object(name, row, name)]

    def unlike_sample(self, name: str, sample: Any, *, ours_lacks: set[str]) -> list[str]:
        """List keys of a sample that a shape lacks, and those whose type it would refuse."""
        rows = sample if isinstance(sample, list) else [sample]
        return [found for row in rows for found in self._sample(name, row, name, ours_lacks)]

    def _object(self, name: str, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
            return
        shape = self._shapes[name]
        if not shape:
            return
        for key, (kind, optional) in shape.items():
            if key in value:
                yield from self._check(kind, value[key], f"{path}.{key}")
            elif not optional:
                yield f"{path}.{key} is missing"
        yield from (f"{path}.{key} is not in the shape" for key in value.keys() - shape.keys())

    def _check(self, kind: str, value: Any, path: str) -> Iterator[str]:
        if kind.startswith("["):
            if not isinstance(value, list):
                yield f"{path}: {value!r} is no list"
                return
            for entry in value:
                yield from self._check(kind[1:-1], entry, f"{path}[]")
        elif kind.startswith("@"):
            yield from self._object(kind[1:], value, path)
        elif kind.startswith("#"):
            if value not in self._words[kind[1:]]:
                yield f"{path}: {value!r} is none of {kind[1:]}"
        elif not _is(kind, value):
            yield f"{path}: {value!r} is not {kind}"

    def _sample(self, name: str, sample: Any, path: str, lacks: set[str]) -> Iterator[str]:
        shape = self._shapes[name]
        if not shape or not isinstance(sample, dict):
            return
        for key, value in sample.items():
            if key in lacks:
                continue
            if key not in shape:
                yield f"{path}.{key} is in the sample only"
                continue
            kind = shape[key][0]
            if kind.strip("[").startswith("@"):
                rows = value if isinstance(value, list) else [value]
                for row in rows:
                    yield from self._sample(kind.strip("[]@"), row, f"{path}.{key}", lacks)
            elif not _is_alike(kind, value):
                yield f"{path}.{key}: {value!r} in the sample is not {kind}"


def _read(line: str) -> Iterator[tuple[str, tuple[str, bool]]]:
    for word in line.split():
        name, kind = word.split(":", 1)
        yield name.removesuffix("?"), (kind, name.endswith("?"))


def _is(kind: str, value: Any) -> bool:
    if kind == "null":
        return value is None
    if kind == "num":
        return isinstance(value, str) and bool(_NUMBER.fullmatch(value))
    if kind == "str":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "number":
        return isinstance(value, int | float)
    assert kind in {"int", "ms"}
    return isinstance(value, int) and (kind == "int" or value >= _FIRST_MS)


def _is_alike(kind: str, value: Any) -> bool:
    """Samples are examples: their times are small and their words need not be ours."""
    if value in (None, "None", "") or kind == "null":
        return True
    if kind.startswith("["):
        return isinstance(value, list)
    if kind.startswith("#") or kind in {"num", "str"}:
        return isinstance(value, str)
    return _is("int" if kind == "ms" else kind, value)
