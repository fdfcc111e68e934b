"""Faults that change what reads show: orders that cannot be found yet, and stale replicas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from daemon.paper_exchange.faults.answers import ANSWERS, Occasion
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.facts import RequestFacts
from daemon.paper_exchange.faults.kinds import FaultKind
from daemon.paper_exchange.faults.rules import FaultRule, is_cancel
from daemon.paper_exchange.wire_call import Respond, WireAnswer, WireRequest

KEPT_ANSWERS: Final = 10_000
_UNSTABLE: Final = frozenset({"timestamp", "signature", "recvWindow"})
_READ_WORDS: Final = ("status", "Orders", "/order", "Order", "realtime", "history", "account")


def look_through(book: FaultBook, facts: RequestFacts, respond: Respond) -> Respond:
    """Return what answers a request as the standing faults let clients see it."""
    hidden = [r for r in book.standing(FaultKind.HIDDEN_ORDERS) if r.match.meets_request(facts)]
    stale = [r for r in book.standing(FaultKind.STALE_READS) if r.match.meets_request(facts)]
    if not hidden and not (stale and facts.request.method == "GET"):
        return respond

    def answer(request: WireRequest) -> WireAnswer:
        whole = respond
        if hidden:
            whole = _hiding(book, facts, hidden[0], respond)
        if stale and request.method == "GET":
            return _stale(book, facts, stale[0], request, whole)
        return whole(request)

    return answer


def _stale(
    book: FaultBook, facts: RequestFacts, rule: FaultRule, request: WireRequest, respond: Respond
) -> WireAnswer:
    key = _identity(request)
    now_ms = book.now_ms()
    kept = book.kept_answers.get(key)
    if kept is not None and now_ms - kept[0] < rule.parameters["stale_s"] * 1000:
        if rule.is_due(now_ms):
            rule.use()
            book.record(rule, exchange=facts.exchange, request=request)
        return replace(kept[1], headers=dict(kept[1].headers))
    answer = respond(request)
    if len(book.kept_answers) >= KEPT_ANSWERS:
        book.kept_answers.clear()
    book.kept_answers[key] = (now_ms, answer)
    return answer


def _identity(request: WireRequest) -> tuple[str, str, str]:
    """Name a read by what it asks, without what differs at each repetition."""
    asked = sorted(pair for pair in parse_qsl(request.query) if pair[0] not in _UNSTABLE)
    return request.api_key, request.path, urlencode(asked)


def _hiding(book: FaultBook, facts: RequestFacts, rule: FaultRule, respond: Respond) -> Respond:
    def answer(request: WireRequest) -> WireAnswer:
        young = _young_orders(book, facts.exchange, rule)
        if not young:
            return respond(request)
        named = young & set(facts.client_ids + facts.values("orderId", "algoId"))
        if named and is_cancel(request):
            return _missing(book, facts, rule, cancels=True)
        whole = respond(request)
        if request.method != "GET" or not any(word in request.path for word in _READ_WORDS):
            return whole
        content = _without(whole.body, young)
        if content is None:
            return whole
        if content == {}:
            return _missing(book, facts, rule, cancels=False)
        _note(book, facts, rule)
        return replace(whole, body=orjson.dumps(content))

    return answer


def _young_orders(book: FaultBook, exchange: str, rule: FaultRule) -> set[str]:
    """Return the ids of orders that were accepted too lately to be seen."""
    since_ms = book.now_ms() - int(rule.parameters["hidden_s"] * 1000)
    young: set[str] = set()
    for at_ms, accepted_at, names in reversed(book.accepted):
        if at_ms <= since_ms:
            break
        if accepted_at == exchange:
            young.update(name for name in names if name)
    return young


def _without(body: bytes, young: set[str]) -> Any:
    """Remove young orders from an answer; None when none is in it, {} when it is one itself."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(content, list):
        rest = [row for row in content if not _is_young(row, young)]
        return rest if len(rest) < len(content) else None
    if not isinstance(content, dict):
        return None
    rows = content.get("result", {}).get("list") if "result" in content else None
    if isinstance(rows, list):
        rest = [row for row in rows if not _is_young(row, young)]
        if len(rest) == len(rows):
            return None
        content["result"]["list"] = rest
        return content
    return {} if _is_young(content, young) else None


def _is_young(row: Any, young: set[str]) -> bool:
    if not isinstance(row, dict):
        return False
    names = ("orderId", "clientOrderId", "algoId", "clientAlgoId", "orderLinkId")
    return any(str(row[name]) in young for name in names if row.get(name) not in (None, ""))


def _missing(book: FaultBook, facts: RequestFacts, rule: FaultRule, *, cancels: bool) -> WireAnswer:
    _note(book, facts, rule)
    if cancels and facts.exchange == "binance":
        body = orjson.dumps({"code": -2011, "msg": "Unknown order sent."})
        return WireAnswer(body=body, status=400)
    occasion = Occasion(
        exchange=facts.exchange,
        remote=facts.request.remote,
        now_ms=book.now_ms(),
        retry_after_s=None,
        location="",
    )
    return ANSWERS[FaultKind.ORDER_NOT_FOUND][facts.exchange](occasion)


def _note(book: FaultBook, facts: RequestFacts, rule: FaultRule) -> None:
    rule.use()
    book.record(rule, exchange=facts.exchange, request=facts.request, client_ids=facts.client_ids)
