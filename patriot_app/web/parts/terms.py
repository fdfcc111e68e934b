"""Fee terms as people type and read them: rates in per cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pydantic

from patriot_app.core.domain.fee_evidence import plain
from patriot_app.core.domain.mandates import FeeMeasure, Terms, WithdrawalPolicy
from patriot_app.core.domain.proposals import Change
from patriot_app.core.queries.mandates import MandateView, MarkView, TermView
from patriot_app.web import format
from patriot_app.web.kit import Field

MEASURES = {
    FeeMeasure.PRUDENT.value: "Booked profit less open losses",
    FeeMeasure.TOTAL_EQUITY.value: "Booked and open profit",
    FeeMeasure.REALISED_ONLY.value: "Booked profit only",
}
POLICIES = {
    WithdrawalPolicy.DOLLAR.value: "The carried loss stays whole",
    WithdrawalPolicy.PRORATA.value: "The carried loss shrinks with it",
}
REASON = Field("reason", "Reason", "textarea", required=True, hint="Kept in the audit log")


class TermsForm(pydantic.BaseModel):
    """Fee terms; the rate is typed in per cent."""

    rate: Decimal = pydantic.Field(ge=0, lt=100)
    measure: FeeMeasure = FeeMeasure.PRUDENT
    withdrawal_policy: WithdrawalPolicy = WithdrawalPolicy.DOLLAR
    hurdle: Decimal = pydantic.Field(default=Decimal(0), ge=0)
    invoice_minimum: Decimal = pydantic.Field(ge=0)
    reason: str = pydantic.Field(min_length=5, max_length=1_000)

    def terms(self) -> Terms:
        """Return what was typed, the rate as a fraction."""
        return Terms(
            self.rate / 100,
            self.measure,
            self.withdrawal_policy,
            self.hurdle,
            self.invoice_minimum,
        )


@dataclass(frozen=True, slots=True)
class TermValues:
    """What the form of terms starts with."""

    rate: str = "30"
    measure: str = FeeMeasure.PRUDENT.value
    withdrawal_policy: str = WithdrawalPolicy.DOLLAR.value
    hurdle: str = "0"
    invoice_minimum: str = "10"


@dataclass(frozen=True, slots=True)
class AgreedRow:
    """What holds from a day on.

    Attributes:
        what: terms in words, or the mark that was set anew.
    """

    id: str
    valid_from: str
    what: str
    note: str


def term_fields(values: TermValues) -> list[Field]:
    """Return the controls of terms.

    Args:
        values: or a var of them, when amending.
    """
    return [
        Field("rate", "Performance fee", "number", unit="%", value=values.rate, required=True),
        Field(
            "measure",
            "What counts as profit",
            "select",
            value=values.measure,
            options=list(MEASURES.items()),
        ),
        Field(
            "withdrawal_policy",
            "When money is withdrawn",
            "select",
            value=values.withdrawal_policy,
            options=list(POLICIES.items()),
        ),
        Field(
            "hurdle",
            "Free part of a month's gain",
            "number",
            unit="USDT",
            value=values.hurdle,
            required=True,
        ),
        Field(
            "invoice_minimum",
            "Least invoice",
            "number",
            unit="USDT",
            value=values.invoice_minimum,
            required=True,
            hint="A smaller fee is not charged; its profit rolls forward",
        ),
    ]


def term_values(terms: TermView) -> TermValues:
    """Return what the form of an amendment starts with."""
    return TermValues(
        rate=plain(terms.rate * 100),
        measure=terms.measure,
        withdrawal_policy=terms.withdrawal_policy,
        hurdle=plain(terms.hurdle),
        invoice_minimum=plain(terms.invoice_minimum),
    )


def term_changes(before: Terms | None, after: Terms) -> list[Change]:
    """Return what an amendment changes, line by line; all of it where nothing was agreed."""
    old = None if before is None else dict(_in_words(before))
    return [
        Change(name, "" if old is None else old[name], text)
        for name, text in _in_words(after)
        if old is None or old[name] != text
    ]


def agreed_rows(mandate: MandateView) -> list[AgreedRow]:
    """Show everything that was agreed, newest first."""
    terms = [(one.valid_from, _term_row(one)) for one in mandate.terms]
    marks = [(one.valid_from, _mark_row(one, unit=mandate.currency)) for one in mandate.marks]
    return [row for _, row in sorted([*terms, *marks], key=lambda each: each[0], reverse=True)]


def in_words(terms: TermView) -> str:
    """Return terms in one line."""
    return "; ".join(f"{name.lower()}: {text}" for name, text in _in_words(terms_of(terms)))


def terms_of(one: TermView) -> Terms:
    """Return what a line of the history agrees."""
    return Terms(
        one.rate,
        FeeMeasure(one.measure),
        WithdrawalPolicy(one.withdrawal_policy),
        one.hurdle,
        one.invoice_minimum,
    )


def _term_row(one: TermView) -> AgreedRow:
    rate, *rest = in_words(one).split("; ")
    return AgreedRow(
        f"terms:{one.valid_from.isoformat()}",
        f"{one.valid_from:%Y-%m-%d}",
        rate.capitalize(),
        "; ".join(rest),
    )


def _mark_row(one: MarkView, *, unit: str) -> AgreedRow:
    mark = format.money(one.mark, unit=unit)
    return AgreedRow(
        f"mark:{one.valid_from.isoformat()}",
        f"{one.valid_from:%Y-%m-%d}",
        f"High-water mark set to {mark.text} {mark.unit}",
        one.reason,
    )


def _in_words(terms: Terms) -> Sequence[tuple[str, str]]:
    rate = format.rate(terms.rate)
    return (
        ("Performance fee", f"{rate.text} %"),
        ("Measure", MEASURES[terms.measure.value]),
        ("Withdrawals", POLICIES[terms.withdrawal_policy.value]),
        ("Free part", f"{format.money(terms.hurdle).text} USDT"),
        ("Least invoice", f"{format.money(terms.invoice_minimum).text} USDT"),
    )
