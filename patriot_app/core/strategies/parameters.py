"""What a strategy can be set to: the same specification checks values and draws the form."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from patriot_app.core.errors import Invalid

ParameterValue = int | Decimal | str | bool
Parameters = Mapping[str, ParameterValue]

_TRUE, _FALSE = "true", "false"
_TEXT_LENGTH_MAX = 40


class ParameterKind(StrEnum):
    INT = "int"
    DECIMAL = "decimal"
    CHOICE = "choice"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One setting.

    Attributes:
        default: as text, like every stored value.
        minimum, maximum: inclusive; None for choices and booleans.
        step: of the form's field; values need not lie on it.
        choices: allowed texts of a choice.
        help: one sentence for the operator.
    """

    name: str
    label: str
    kind: ParameterKind
    default: str
    help: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    choices: tuple[str, ...] = ()


def integer(
    name: str, label: str, *, default: int, minimum: int, maximum: int, help: str
) -> ParameterSpec:
    """Specify a whole number."""
    return ParameterSpec(
        name=name,
        label=label,
        kind=ParameterKind.INT,
        default=str(default),
        help=help,
        minimum=Decimal(minimum),
        maximum=Decimal(maximum),
        step=Decimal(1),
    )


def decimal(
    name: str, label: str, *, default: str, minimum: str, maximum: str, step: str, help: str
) -> ParameterSpec:
    """Specify a decimal number; all bounds as text."""
    return ParameterSpec(
        name=name,
        label=label,
        kind=ParameterKind.DECIMAL,
        default=default,
        help=help,
        minimum=Decimal(minimum),
        maximum=Decimal(maximum),
        step=Decimal(step),
    )


def choice(
    name: str, label: str, *, default: str, choices: tuple[str, ...], help: str
) -> ParameterSpec:
    """Specify one of some texts."""
    assert default in choices
    return ParameterSpec(
        name=name,
        label=label,
        kind=ParameterKind.CHOICE,
        default=default,
        help=help,
        choices=choices,
    )


def switch(name: str, label: str, *, default: bool, help: str) -> ParameterSpec:
    """Specify yes or no."""
    return ParameterSpec(
        name=name,
        label=label,
        kind=ParameterKind.BOOL,
        default=_TRUE if default else _FALSE,
        help=help,
    )


def validate(specs: Sequence[ParameterSpec], raw: Mapping[str, str]) -> dict[str, ParameterValue]:
    """Return typed values; what is missing or blank takes its default.

    Raises:
        Invalid: names every wrong field and the rule that it breaks.
    """
    known = {spec.name for spec in specs}
    problems = {name: "There is no such parameter" for name in raw if name not in known}
    values: dict[str, ParameterValue] = {}
    for spec in specs:
        text = str(raw.get(spec.name, "")).strip() or spec.default
        try:
            values[spec.name] = _parse(spec, text)
        except ValueError as error:
            problems[spec.name] = f"{error}"
    if problems:
        raise Invalid(problems)
    return values


def to_raw(values: Parameters) -> dict[str, str]:
    """Return values as the text that is stored and shown; `validate` reads it back."""
    return {name: _text(value) for name, value in values.items()}


def parameter_hash(kind: str, version: int, values: Parameters) -> str:
    """Return a digest that tells two settings of a strategy apart."""
    listed = ";".join(f"{name}={text}" for name, text in sorted(to_raw(values).items()))
    return hashlib.sha256(f"{kind}|{version}|{listed}".encode()).hexdigest()


def get_int(values: Parameters, name: str) -> int:
    """Return a whole number; the wrong kind is a bug of the specification."""
    value = values[name]
    assert type(value) is int
    return value


def get_decimal(values: Parameters, name: str) -> Decimal:
    """Return a decimal number."""
    value = values[name]
    assert isinstance(value, Decimal)
    return value


def get_bool(values: Parameters, name: str) -> bool:
    """Return yes or no."""
    value = values[name]
    assert type(value) is bool
    return value


def _parse(spec: ParameterSpec, text: str) -> ParameterValue:
    match spec.kind:
        case ParameterKind.CHOICE:
            if text not in spec.choices:
                raise ValueError(f"Must be one of {', '.join(spec.choices)}")
            return text
        case ParameterKind.BOOL:
            if text.lower() not in {_TRUE, _FALSE}:
                raise ValueError("Must be true or false")
            return text.lower() == _TRUE
        case ParameterKind.INT:
            if not text.removeprefix("-").isdecimal() or len(text) > _TEXT_LENGTH_MAX:
                raise ValueError("Must be a whole number")
            _check_range(spec, Decimal(int(text)))
            return int(text)
        case ParameterKind.DECIMAL:
            number = _parse_decimal(text)
            _check_range(spec, number)
            return number


def _parse_decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= _TEXT_LENGTH_MAX else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError("Must be a number, with a point for decimals")
    return number


def _check_range(spec: ParameterSpec, number: Decimal) -> None:
    if spec.minimum is not None and number < spec.minimum:
        raise ValueError(f"Must be at least {spec.minimum:f}")
    if spec.maximum is not None and number > spec.maximum:
        raise ValueError(f"Must be at most {spec.maximum:f}")


def _text(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    return format(value, "f") if isinstance(value, Decimal) else str(value)
