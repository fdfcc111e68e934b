"""Learn meanings from sentences: character and word n-grams, tf-idf, ridge regression.

Each meaning is a target of 1 for its sentences and 0 for all others; the weights that come nearest
(least squares with a penalty) have a closed form, so learning takes a second, has no random start
and gives the same answer on every machine. Statistics, not money: floats.
Sources: T. Hastie, R. Tibshirani, J. Friedman, The Elements of Statistical Learning, sections 3.4.1
and 7.10 (left-out residuals without learning again).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PENALTY = 0.6
_CHARACTERS = range(3, 6)
_WEIGHTS = {"w": 0.7, "b": 0.7, "c": 1.0}
"""How much whole words, pairs of words and pieces of words count."""

Floats = NDArray[np.float32]
Sparse = dict[str, float]


@dataclass(frozen=True, slots=True)
class Classifier:
    """What was learnt.

    Attributes:
        rarity: of each feature, as tf-idf counts it.
        rows: where a feature's weights are.
        weights: one row for each feature, one column for each label.
        left_out: for each sentence it learnt from, the scores it would have had had it been new;
            empty unless asked for.
    """

    labels: tuple[str, ...]
    rarity: Mapping[str, float]
    rows: Mapping[str, int]
    weights: Floats
    left_out: Floats

    def scores(self, told: str) -> list[tuple[float, str]]:
        """Return every label with its score, the likeliest first; about 1 is certain."""
        features = _weighed(_features(told), self.rarity)
        total = np.zeros(len(self.labels), dtype=np.float32)
        for name, value in features.items():
            row = self.rows.get(name)
            if row is not None:
                total += np.float32(value) * self.weights[row]
        ordered = sorted(zip(total.tolist(), self.labels, strict=True), key=lambda one: -one[0])
        return [(float(score), label) for score, label in ordered]


def learn(examples: Sequence[tuple[str, str]], *, with_left_out: bool = False) -> Classifier:
    """Learn from (label, normalised sentence).

    Args:
        with_left_out: also judge each sentence as if it had not been learnt from.
    """
    labels = tuple(sorted({label for label, _ in examples}))
    counted = [_features(told) for _, told in examples]
    seen: Counter[str] = Counter()
    for features in counted:
        seen.update(features.keys())
    rarity = {name: math.log((1 + len(examples)) / (1 + count)) + 1 for name, count in seen.items()}
    documents = [_weighed(features, rarity) for features in counted]
    likeness = _likeness(documents)
    likeness[np.diag_indices_from(likeness)] += PENALTY
    targets = np.zeros((len(examples), len(labels)), dtype=np.float32)
    for index, (label, _) in enumerate(examples):
        targets[index, labels.index(label)] = 1.0
    left_out: Floats = np.zeros((0, len(labels)), dtype=np.float32)
    if with_left_out:
        inverse = np.linalg.inv(likeness).astype(np.float32)
        duals = (inverse @ targets).astype(np.float32)
        left_out = (targets - duals / np.diag(inverse)[:, None]).astype(np.float32)
    else:
        duals = np.linalg.solve(likeness, targets).astype(np.float32)
    rows = {name: row for row, name in enumerate(rarity)}
    weights = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for document, dual in zip(documents, duals, strict=True):
        for name, value in document.items():
            weights[rows[name]] += np.float32(value) * dual
    return Classifier(labels, rarity, rows, weights, left_out)


def _likeness(documents: Sequence[Sparse]) -> Floats:
    """Return each sentence's product with each other, feature by feature: few share one."""
    where: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for index, document in enumerate(documents):
        for name, value in document.items():
            where[name].append((index, value))
    total = np.zeros((len(documents), len(documents)), dtype=np.float32)
    for found in where.values():
        indexes = np.array([index for index, _ in found])
        values = np.array([value for _, value in found], dtype=np.float32)
        total[np.ix_(indexes, indexes)] += np.outer(values, values)
    return total


def _weighed(features: Mapping[str, int], rarity: Mapping[str, float]) -> Sparse:
    """Weigh counts by rarity, each kind of feature brought to its own length."""
    found: dict[str, Sparse] = {}
    for name, count in features.items():
        if name in rarity:
            found.setdefault(name[0], {})[name] = (1 + math.log(count)) * rarity[name]
    weighed: Sparse = {}
    for kind, values in found.items():
        length = math.sqrt(sum(value * value for value in values.values()))
        weighed |= {name: value * _WEIGHTS[kind] / length for name, value in values.items()}
    return weighed


def _features(told: str) -> Counter[str]:
    return Counter(_named_features(told))


def _named_features(told: str) -> Iterator[str]:
    words = told.split()
    for word in words:
        yield f"w{word}"
        if word.startswith("§"):
            continue
        framed = f" {word} "
        for size in _CHARACTERS:
            for start in range(len(framed) - size + 1):
                yield f"c{framed[start : start + size]}"
    for first, second in zip(["^", *words], [*words, "$"], strict=True):
        yield f"b{first} {second}"
