"""Carrying out the faults that meet requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from daemon.paper_exchange.faults.answers import ANSWERS, Occasion
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.facts import RequestFacts
from daemon.paper_exchange.faults.kinds import ANSWER_KINDS, FaultKind
from daemon.paper_exchange.faults.lenses import look_through
from daemon.paper_exchange.faults.rules import FaultRule
from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.refusals import Refused
from daemon.paper_exchange.wire_call import HTML, Cut, Respond, WireAnswer, WireRequest

K = FaultKind
_NOT_FINITE: Final = b'{"code":NaN,"orderId":1e400,"orderId":-Infinity,"retCode":1e400,"result":{}}'
_ECHOES: Final = ("clientOrderId", "clientAlgoId", "orderLinkId")


@dataclass(slots=True)
class _Meeting:
    """A request that a fault has met."""

    book: FaultBook
    rule: FaultRule
    facts: RequestFacts
    respond: Respond

    @property
    def request(self) -> WireRequest:
        return self.facts.request

    def work(self) -> WireAnswer:
        """Work the request; what it changes is marked with the fault in the ground truth."""
        self.book.working = self.rule.fault_id
        try:
            return self.respond(self.request)
        finally:
            self.book.working = ""

    def note(self, *, accepted: bool, detail: str = "") -> None:
        self.book.record(
            self.rule,
            exchange=self.facts.exchange,
            request=self.request,
            client_ids=self.facts.client_ids,
            accepted=accepted,
            detail=detail,
        )


async def serve_with_faults(
    book: FaultBook, exchange: str, request: WireRequest, respond: Respond
) -> WireAnswer:
    """Answer a request the way the planned faults say."""
    facts = RequestFacts(exchange, request)
    seen = look_through(book, facts, respond)
    rule = book.take(facts)
    if rule is None:
        return seen(request)
    meeting = _Meeting(book, rule, facts, seen)
    if rule.kind in ANSWER_KINDS:
        return _refuse(meeting)
    return await _WORK[rule.kind](meeting)


def is_success(exchange: str, answer: WireAnswer) -> bool:
    """Tell whether the exchange accepted what it was asked."""
    if answer.status >= 400:
        return False
    if exchange != "bybit":
        return True
    content = _parse(answer.body)
    return isinstance(content, dict) and content.get("retCode") == 0


def _refuse(meeting: _Meeting) -> WireAnswer:
    """Give the exchange's own refusal, for kinds whose outcome is open after working."""
    rule, exchange = meeting.rule, meeting.facts.exchange
    accepted = False
    if rule.parameters["accepted"]:
        accepted = is_success(exchange, meeting.work())
    meeting.note(accepted=accepted)
    maker = ANSWERS[rule.kind].get(exchange)
    if maker is None:
        return gateway_page(exchange, 500, "Internal Server Error")
    now_ms = meeting.book.now_ms()
    retry_after_s = rule.parameters.get("retry_after_s")
    if retry_after_s is None and rule.kind is K.ADDRESS_BANNED and rule.until_ms:
        retry_after_s = max(1, -(-(rule.until_ms - now_ms) // 1000))
    return maker(
        Occasion(
            exchange=exchange,
            remote=meeting.request.remote,
            now_ms=now_ms,
            retry_after_s=retry_after_s,
            location=rule.parameters.get("location", ""),
            sent_ms=meeting.request.headers.get("X-BAPI-TIMESTAMP", ""),
        )
    )


async def _drop_before(meeting: _Meeting) -> WireAnswer:
    meeting.note(accepted=False)
    return WireAnswer(cut=Cut.BEFORE)


async def _drop_after(meeting: _Meeting) -> WireAnswer:
    return _changed(meeting, lambda answer: replace(answer, cut=Cut.BEFORE))


async def _reset(meeting: _Meeting) -> WireAnswer:
    return _changed(meeting, lambda answer: replace(answer, cut=Cut.MIDWAY))


async def _slow(meeting: _Meeting) -> WireAnswer:
    byte_s = meeting.rule.parameters["byte_s"]
    return _changed(meeting, lambda answer: replace(answer, byte_s=byte_s))


async def _delay(meeting: _Meeting) -> WireAnswer:
    answer = _changed(meeting, lambda answer: answer)
    await meeting.book.sleep(meeting.rule.parameters["delay_s"])
    return answer


async def _delay_before(meeting: _Meeting) -> WireAnswer:
    await meeting.book.sleep(meeting.rule.parameters["delay_s"])
    return _changed(meeting, lambda answer: answer)


async def _respond(meeting: _Meeting) -> WireAnswer:
    meeting.note(accepted=False)
    return _given(meeting.rule.parameters)


async def _respond_after(meeting: _Meeting) -> WireAnswer:
    answer = _changed(meeting, lambda answer: _given(meeting.rule.parameters))
    await meeting.book.sleep(meeting.rule.parameters["delay_s"])
    return answer


async def _other_body(meeting: _Meeting) -> WireAnswer:
    """Answer 200 with another body, worked or not."""
    make = _BODIES[meeting.rule.kind]
    if meeting.rule.parameters["accepted"]:
        return _changed(meeting, lambda answer: make(meeting, answer))
    meeting.note(accepted=False)
    return make(meeting, WireAnswer(body=b'{"orderId":1,"clientOrderId":"","status":"NEW"}'))


async def _wrong_echo(meeting: _Meeting) -> WireAnswer:
    return _changed(meeting, _with_another_id)


async def _fill_first(meeting: _Meeting) -> WireAnswer:
    """Let an order be filled, wholly or in part, just before its cancel is worked."""
    rule, facts = meeting.rule, meeting.facts
    match = replace(rule.match, exchange=facts.exchange, api_key=meeting.request.api_key)
    named = {"order_ids": facts.values("orderId"), "client_ids": facts.client_ids}
    fill = replace(rule, kind=K.FILL_ORDER, match=match, parameters={**rule.parameters, **named})
    try:
        detail = meeting.book.perform(fill)
    except Refused as refused:
        detail = f"nothing to fill: {refused.reason}"
    return _changed(meeting, lambda answer: answer, detail=detail)


async def _fill_afterwards(meeting: _Meeting) -> WireAnswer:
    """Let an order be filled although its cancel was accepted; the client is told it is gone."""
    rule, facts = meeting.rule, meeting.facts
    match = replace(rule.match, exchange=facts.exchange, api_key=meeting.request.api_key)
    named = {"order_ids": facts.values("orderId"), "client_ids": facts.client_ids}
    late = replace(rule, match=match, parameters={**rule.parameters, **named})
    answer = meeting.work()
    accepted = is_success(facts.exchange, answer)

    def fill() -> None:
        try:
            detail = meeting.book.perform(late) if accepted else "nothing was cancelled"
        except Refused as refused:
            detail = f"nothing to fill: {refused.reason}"
        meeting.note(accepted=accepted, detail=detail)

    delay_s = rule.parameters["delay_s"]
    if delay_s:
        meeting.book.do_later(delay_s, fill)
    else:
        fill()
    return answer


def _changed(
    meeting: _Meeting, change: Callable[[WireAnswer], WireAnswer], *, detail: str = ""
) -> WireAnswer:
    answer = meeting.work()
    meeting.note(accepted=is_success(meeting.facts.exchange, answer), detail=detail)
    return change(answer)


def _given(parameters: Mapping[str, Any]) -> WireAnswer:
    return WireAnswer(
        body=parameters["body"].encode(),
        status=parameters["status"],
        content_type=parameters["content_type"],
        headers=dict(parameters["headers"]),
    )


def _page(meeting: _Meeting, answer: WireAnswer) -> WireAnswer:
    page = gateway_page(meeting.facts.exchange, 200, "System maintenance")
    return replace(answer, body=page.body, status=200, content_type=HTML)


def _truncated(meeting: _Meeting, answer: WireAnswer) -> WireAnswer:
    return replace(answer, body=answer.body[: max(1, len(answer.body) // 2)], status=200)


def _huge(meeting: _Meeting, answer: WireAnswer) -> WireAnswer:
    padding = b" " * (meeting.rule.parameters["megabytes"] << 20)
    return replace(answer, body=answer.body + padding, status=200)


def _deep(meeting: _Meeting, answer: WireAnswer) -> WireAnswer:
    depth = meeting.rule.parameters["depth"]
    body = b'{"result":' * depth + b"0" + b"}" * depth
    return replace(answer, body=body, status=200)


def _constant(body: bytes) -> Callable[[_Meeting, WireAnswer], WireAnswer]:
    return lambda meeting, answer: replace(answer, body=body, status=200)


def _with_another_id(answer: WireAnswer) -> WireAnswer:
    content = _parse(answer.body)
    for part in (content, content.get("result") if isinstance(content, dict) else None):
        if not isinstance(part, dict):
            continue
        for name in _ECHOES:
            if name in part:
                part[name] = f"not-{part[name]}"[:36]
    return replace(answer, body=orjson.dumps(content)) if content is not None else answer


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


_BODIES: Final[Mapping[K, Callable[[_Meeting, WireAnswer], WireAnswer]]] = {
    K.HTML: _page,
    K.TRUNCATED: _truncated,
    K.EMPTY: _constant(b""),
    K.NULL: _constant(b"null"),
    K.EMPTY_OBJECT: _constant(b"{}"),
    K.NOT_FINITE: _constant(_NOT_FINITE),
    K.DEEP_NESTED: _deep,
    K.HUGE_BODY: _huge,
}
_WORK: Final[Mapping[K, Callable[[_Meeting], Awaitable[WireAnswer]]]] = {
    K.DROP_BEFORE: _drop_before,
    K.DROP_AFTER: _drop_after,
    K.RESET_MID_BODY: _reset,
    K.SLOW_BODY: _slow,
    K.DELAY: _delay,
    K.DELAY_BEFORE: _delay_before,
    K.RESPOND: _respond,
    K.RESPOND_AFTER: _respond_after,
    K.WRONG_ECHO: _wrong_echo,
    K.FILL_BEFORE_CANCEL: _fill_first,
    K.FILL_AFTER_CANCEL: _fill_afterwards,
    **dict.fromkeys(_BODIES, _other_body),
}
