"""Bybit's wallet, log, positions, limits, permissions and market data over a real socket."""

from decimal import Decimal
from typing import Any

import pytest

from tests.paper_exchange.bybit_desk import START_MS, Client, running_client


async def whole_log(client: Client, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        result = await client.result(
            "/v5/account/transaction-log", limit=50, cursor=cursor, **params
        )
        assert len(result["list"]) <= 50
        rows += result["list"]
        cursor = result["nextPageCursor"]
        if not cursor:
            return rows


async def test_the_transaction_log_ties_to_the_wallet_to_the_last_digit() -> None:
    async with running_client(balance="12345.678") as client:
        for index in range(30):
            client.desk.clockwork.pass_time(1)
            await client.placed(side="Buy" if index % 3 else "Sell", qty="0.013")
        client.desk.pass_time(9 * 3600)
        rows = await whole_log(client)
        assert {row["type"] for row in rows} == {"TRANSFER_IN", "TRADE", "SETTLEMENT"}
        assert sum(row["type"] == "TRADE" for row in rows) == len(client.account.trades)
        for row in rows:
            funding = Decimal(row["funding"] or 0)
            change = Decimal(row["cashFlow"]) + funding - Decimal(row["fee"])
            assert Decimal(row["change"]) == change
        (wallet,) = (await client.result("/v5/account/wallet-balance", accountType="UNIFIED"))[
            "list"
        ]
        balance = Decimal(wallet["coin"][0]["walletBalance"])
        assert sum(Decimal(row["change"]) for row in rows) == balance
        assert Decimal(rows[0]["cashBalance"]) == balance


async def test_executions_and_the_log_name_the_same_trades() -> None:
    async with running_client() as client:
        await client.placed(orderLinkId="in", qty="0.5")
        await client.placed(orderLinkId="out", side="Sell", qty="0.5", reduceOnly=True)
        trades = await client.rows("/v5/execution/list", execType="Trade")
        log = await whole_log(client, type="TRADE")
        assert [t["execId"] for t in trades] == [row["tradeId"] for row in log]
        for trade, row in zip(trades, log, strict=True):
            assert trade["execFee"] == row["fee"]
            assert trade["execPnl"] == row["cashFlow"]
            assert (trade["orderLinkId"], trade["execQty"]) == (row["orderLinkId"], row["qty"])


async def test_funding_is_an_execution_and_a_settlement() -> None:
    async with running_client() as client:
        await client.placed(qty="0.02")
        client.desk.pass_time(8 * 3600)
        (payment,) = await client.rows("/v5/execution/list", execType="Funding")
        (row,) = await whole_log(client, type="SETTLEMENT")
        paid = Decimal(payment["markPrice"]) * Decimal("0.02") * Decimal("0.0001")
        assert Decimal(payment["execFee"]) == paid > 0
        assert Decimal(row["funding"]) == Decimal(row["change"]) == -paid
        assert row["feeRate"] == "0.0001"
        assert int(row["transactionTime"]) == START_MS + 8 * 3_600_000
        both = await client.rows("/v5/execution/list")
        assert [entry["execType"] for entry in both] == ["Funding", "Trade"]


async def test_executions_start_where_the_client_says() -> None:
    async with running_client() as client:
        await client.placed()
        client.desk.pass_time(60)
        later = client.desk.engine.time_ms
        await client.placed(orderLinkId="late")
        rows = await client.rows("/v5/execution/list", startTime=later)
        assert [row["orderLinkId"] for row in rows] == ["late"]
        refused = await client.get(
            "/v5/execution/list", category="linear", startTime=0, endTime=8 * 86_400_000
        )
        assert refused["retCode"] == 10001


async def test_a_closed_position_shows_its_profit_after_commissions() -> None:
    async with running_client() as client:
        await client.placed(qty="0.1")
        client.desk.move("101000")
        await client.placed(side="Sell", qty="0.1", reduceOnly=True)
        (row,) = await client.rows("/v5/position/closed-pnl", symbol="BTCUSDT")
        deposit = Decimal(10_000)
        assert Decimal(row["closedPnl"]) == client.account.wallet_balance - deposit
        assert (row["side"], row["closedSize"]) == ("Sell", "0.1")
        entry, exit_ = Decimal(row["avgEntryPrice"]), Decimal(row["avgExitPrice"])
        assert entry < exit_


async def test_margin_figures_of_a_position() -> None:
    async with running_client() as client:
        await client.placed(qty="0.1")
        client.desk.move("100500")
        (row,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        mark, size = Decimal(row["markPrice"]), Decimal(row["size"])
        assert (row["side"], row["size"], row["leverage"]) == ("Buy", "0.1", "10")
        assert Decimal(row["unrealisedPnl"]) == (mark - Decimal(row["avgPrice"])) * size
        assert Decimal(row["positionIM"]) == mark * size / 10
        assert Decimal(row["positionMM"]) == mark * size * Decimal("0.005")
        wallet = (await client.result("/v5/account/wallet-balance", accountType="UNIFIED"))["list"]
        equity = Decimal(wallet[0]["totalEquity"])
        assert equity == Decimal(wallet[0]["totalWalletBalance"]) + Decimal(
            wallet[0]["totalPerpUPL"]
        )
        assert Decimal(wallet[0]["totalAvailableBalance"]) == equity - mark * size / 10
        flat = await client.rows("/v5/position/list", symbol="ETHUSDT")
        assert (flat[0]["size"], flat[0]["side"]) == ("0", "")


async def test_a_liquidation_is_named_and_has_no_link_id() -> None:
    async with running_client(balance="1100") as client:
        await client.placed(qty="0.1", orderLinkId="mine")
        client.desk.move("89000")
        client.desk.pass_time(60)
        assert await client.rows("/v5/position/list", settleCoin="USDT") == []
        bust, mine = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        assert (bust["execType"], bust["createType"]) == ("BustTrade", "CreateByLiq")
        assert (bust["orderLinkId"], mine["orderLinkId"]) == ("", "mine")
        rows = await whole_log(client)
        assert sum(Decimal(row["change"]) for row in rows) == client.account.wallet_balance


async def test_leverage_and_modes() -> None:
    async with running_client() as client:
        path = "/v5/position/set-leverage"

        async def leverage(value: str, sell: str | None = None) -> int:
            body = {"symbol": "BTCUSDT", "buyLeverage": value, "sellLeverage": sell or value}
            return int((await client.post(path, **body))["retCode"])

        codes = [await leverage(value) for value in ("25", "25", "101", "0", "x")]
        assert codes == [0, 110043, 110013, 110013, 10001]
        assert await leverage("5", "6") == 10001
        switch = "/v5/position/switch-mode"
        assert (await client.post(switch, mode=0, coin="USDT"))["retCode"] == 110025
        assert (await client.post(switch, mode=3, coin="USDT"))["retCode"] == 0
        assert (await client.order())["retCode"] == 10001
        assert (await client.post(switch, mode=0, coin="USDT"))["retCode"] == 0
        await client.placed()
        assert (await client.post(switch, mode=3, coin="USDT"))["retCode"] == 110024
        mode = "/v5/account/set-margin-mode"
        assert (await client.post(mode, setMarginMode="REGULAR_MARGIN"))["retCode"] == 110026
        assert (await client.post(mode, setMarginMode="ISOLATED_MARGIN"))["retCode"] == 3400045


@pytest.mark.parametrize(
    ("rights", "read_only", "wallet", "trade"),
    [
        ({}, 0, [], ["Order", "Position"]),
        ({"withdraw": True}, 0, ["Withdraw"], ["Order", "Position"]),
        ({"trade": False}, 1, [], []),
    ],
)
async def test_a_key_tells_what_it_may_do(
    rights: dict[str, bool], read_only: int, wallet: list[str], trade: list[str]
) -> None:
    async with running_client(rights=rights) as client:
        key = await client.result("/v5/user/query-api")
        assert key["readOnly"] == read_only
        assert key["permissions"]["Wallet"] == wallet
        assert key["permissions"]["ContractTrade"] == trade
        assert (key["ips"], key["uta"]) == (["*"], 1)
        assert key["userID"] == client.account.uid
        assert (await client.order())["retCode"] == (0 if trade else 10005)


async def test_a_key_bound_to_another_address_or_expired_is_refused() -> None:
    async with running_client(rights={"ip_whitelist": ("10.1.1.1",)}) as client:
        assert (await client.get("/v5/account/info"))["retCode"] == 10010
    async with running_client(rights={"expires_ms": 1000}) as client:
        assert (await client.get("/v5/account/info"))["retCode"] == 33004


async def test_wrong_keys_signatures_and_times_have_their_codes() -> None:
    async with running_client() as client:
        secret, client.account.api_secret = client.account.api_secret, "other"
        sent = client._sign("")
        client.account.api_secret = secret
        url = client.desk.server.make_url("/v5/account/info")
        async with client.session.get(url, headers=sent) as answer:
            assert (answer.status, (await answer.json())["retCode"]) == (200, 10004)
        async with client.session.get(
            url, headers=client._sign("") | {"X-BAPI-API-KEY": "nobody"}
        ) as answer:
            assert (await answer.json())["retCode"] == 10003
        late = client._sign("")
        client.desk.clockwork.wall_ms += 5001
        async with client.session.get(url, headers=late) as answer:
            assert (await answer.json())["retCode"] == 10002


async def test_the_eleventh_order_of_a_second_is_refused_with_headers() -> None:
    async with running_client() as client:
        for _ in range(10):
            await client.placed(qty="0.001")
        assert client.headers["X-Bapi-Limit-Status"] == "0"
        assert (await client.order(qty="0.001"))["retCode"] == 10006
        client.desk.clockwork.wall_ms += 1000
        await client.placed(qty="0.001")


async def test_an_address_is_shut_out_with_403() -> None:
    async with running_client() as client:
        url = client.desk.server.make_url("/v5/market/time")
        for _ in range(600):
            async with client.session.get(url) as answer:
                assert answer.status == 200
        async with client.session.get(url) as answer:
            assert (answer.status, await answer.text()) == (403, "access too frequent")


async def test_klines_page_from_a_start_or_up_to_an_end() -> None:
    async with running_client() as client:
        path, common = "/v5/market/kline", {"symbol": "BTCUSDT", "interval": "1"}
        since = START_MS - 600_000
        rows = await client.rows(path, start=since, limit=3, **common)
        assert [int(row[0]) for row in rows] == [since + n * 60_000 for n in (2, 1, 0)]
        latest = await client.rows(path, limit=2, **common)
        assert [int(row[0]) for row in latest] == [START_MS, START_MS - 60_000]
        (day,) = await client.rows(path, symbol="BTCUSDT", interval="D", end=START_MS - 1, limit=1)
        assert int(day[0]) == START_MS - 86_400_000
        assert Decimal(day[5]) == 600 * 1440
        bad = await client.get(path, category="linear", symbol="BTCUSDT", interval="7")
        assert bad["retCode"] == 10001


async def test_market_data_is_consistent() -> None:
    async with running_client() as client:
        await client.placed(qty="0.3")
        (ticker,) = await client.rows("/v5/market/tickers", symbol="BTCUSDT")
        book = await client.result("/v5/market/orderbook", category="linear", symbol="BTCUSDT")
        assert (ticker["bid1Price"], ticker["ask1Price"]) == (book["b"][0][0], book["a"][0][0])
        assert ticker["openInterest"] == "0.3"
        assert int(ticker["nextFundingTime"]) == START_MS + 8 * 3_600_000
        funding = await client.rows("/v5/market/funding/history", symbol="BTCUSDT", limit=2)
        assert [int(row["fundingRateTimestamp"]) for row in funding] == [
            START_MS,
            START_MS - 8 * 3_600_000,
        ]
        tiers = await client.rows("/v5/market/risk-limit", symbol="BTCUSDT")
        assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMargin"]) == ("100.00", "0.005")
        listed = await client.rows("/v5/market/instruments-info", limit=1000)
        assert {row["symbol"] for row in listed} == {"BTCUSDT", "ETHUSDT"}
        spot = await client.result("/v5/market/instruments-info", category="spot")
        assert spot["list"] == []
