"""What an endpoint may be, and what it is told: codes and ids, never a person."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from patriot_app.core.domain import webhooks
from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.transitions import final_states
from patriot_app.core.domain.webhooks import DETAILS, KINDS, TRANSITIONS, WebhookStatus
from patriot_app.core.errors import Invalid

PERSONAL = {
    *("name", "email", "email_before", "ip", "device", "telegram_name", "reason", "error"),
    *("answer", "justification", "amount", "outstanding", "masked_key", "prefix", "link", "title"),
    *("label", "figures", "summary", "facts", "account", "shares", "who", "local", "reported"),
}


def problems(url: str, *, may_loop_back: bool = False) -> str:
    with pytest.raises(Invalid) as refused:
        webhooks.check(name="Ours", url=url, kinds=["risk"], may_loop_back=may_loop_back)
    assert set(refused.value.fields) == {"url"}
    return refused.value.fields["url"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "no address"),
        ("hooks.firm.example", "no address"),
        ("http://hooks.firm.example/", "begin with https"),
        ("ftp://hooks.firm.example/", "begin with https"),
        ("https://", "no address"),
        ("https://user@hooks.firm.example/", "no user"),
        ("https://user:word@hooks.firm.example/", "no user"),
        ("https://hooks.firm.example/#part", "behind #"),
        ("https://hooks.firm.example:99999/", "no address"),
        ("https://hooks.firm.example:0/", "no address"),
        ("https://hooks.firm.example/a b", "no address"),
        ("https://hooks.firm.example/\\@10.0.0.1", "no address"),
        ("https://[::1/", "no address"),
        ("https://127.0.0.1/", "not a public one"),
        ("https://169.254.169.254/latest/meta-data", "not a public one"),
        ("https://[::ffff:10.0.0.1]/", "not a public one"),
        ("https://hooks.firm.example/" + "a" * 500, "no address"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_with_the_rule(url: str, says: str) -> None:
    assert says in problems(url)


def test_a_desk_that_may_call_itself_takes_loopback_and_nothing_else_private() -> None:
    webhooks.check(name="Ours", url="http://127.0.0.1:9/", kinds=["risk"], may_loop_back=True)
    assert "public" in problems("http://10.0.0.1/", may_loop_back=True)


@pytest.mark.parametrize("kinds", [[], ["security"], ["tips"], ["risk", "no such class"]])
def test_only_classes_of_the_desk_can_be_chosen(kinds: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        webhooks.check(name="", url="https://hooks.firm.example/", kinds=kinds, may_loop_back=False)
    assert set(refused.value.fields) == {"name", "kinds"}


def test_nothing_personal_is_among_what_a_call_tells() -> None:
    assert set(DETAILS) == set(KINDS)
    assert not PERSONAL & frozenset().union(*DETAILS.values())


def test_a_body_holds_what_its_class_needs_and_no_more() -> None:
    event_id = UUID(int=7)
    body = webhooks.body_of(
        event_id=event_id,
        event_type="HaltRaised",
        kind=NoticeKind.RISK,
        severity=Severity.CRITICAL,
        at=datetime(2026, 11, 23, 6, tzinfo=UTC),
        about="",
        payload={"level": 3, "reason": "Ada asked for it", "email": "ada@mail.example"},
    )
    assert json.loads(body) == {
        "schema": 1,
        "id": str(event_id),
        "type": "HaltRaised",
        "class": "risk",
        "severity": "critical",
        "at": "2026-11-23T06:00:00+00:00",
        "subject": "desk",
        "details": {"level": 3},
    }


def test_a_signature_is_of_the_time_the_body_and_the_secret() -> None:
    body = str(uuid4())
    signed = webhooks.sign("one", timestamp="1", body=body)
    assert signed == webhooks.sign("one", timestamp="1", body=body)
    others = {
        webhooks.sign("two", timestamp="1", body=body),
        webhooks.sign("one", timestamp="2", body=body),
        webhooks.sign("one", timestamp="1", body=body + " "),
    }
    assert len({signed, *others}) == 4


def test_only_a_deleted_webhook_never_comes_back() -> None:
    assert final_states(TRANSITIONS) == (WebhookStatus.DELETED,)
