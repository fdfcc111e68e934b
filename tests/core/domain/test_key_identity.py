"""What an exchange's refusal says of a key, and whose account it opens."""

import pytest

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.key_facts import Effect, KeyIssue
from patriot_app.core.domain.key_identity import (
    AUTHENTICATION_CODES,
    identity_findings,
    is_refused_key,
    refusal_of,
)


@pytest.mark.parametrize(
    ("exchange", "code", "issue"),
    [
        (exchange, code, issue)
        for exchange, codes in AUTHENTICATION_CODES.items()
        for code, issue in codes.items()
    ],
)
def test_each_code_has_its_sentence_and_is_named(
    exchange: Exchange, code: str, issue: KeyIssue
) -> None:
    found = refusal_of(exchange, code)
    assert (found.issue, found.effect) == (issue, Effect.REFUSE)
    assert f"(Code {code}.)" in found.says
    assert found.do_next
    assert refusal_of(exchange, code, is_recheck=True).effect is Effect.QUARANTINE


def test_what_is_no_matter_of_the_key_is_no_denial() -> None:
    assert is_refused_key(Exchange.BINANCE, "-2015")
    assert not is_refused_key(Exchange.BINANCE, "-1003")
    assert not is_refused_key(Exchange.BYBIT, "-2015")
    assert not is_refused_key(Exchange.BYBIT, "10006")


def test_an_exchange_account_belongs_to_one_account_here() -> None:
    (found,) = identity_findings(uid="7", former_uid="", is_taken=True)
    assert (found.issue, found.effect) == (KeyIssue.ACCOUNT_TAKEN, Effect.REFUSE)
    assert "already" in found.says


def test_a_new_key_opens_the_same_exchange_account_as_the_former() -> None:
    (found,) = identity_findings(uid="7", former_uid="6", is_taken=False)
    assert found.issue is KeyIssue.OTHER_ACCOUNT
    assert identity_findings(uid="7", former_uid="7", is_taken=False) == ()
    assert identity_findings(uid="7", former_uid="", is_taken=False) == ()
    (later,) = identity_findings(uid="7", former_uid="6", is_taken=False, is_recheck=True)
    assert later.effect is Effect.LOCK
