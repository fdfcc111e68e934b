"""Bybit's transfers and the small settings of an account."""

from uuid import UUID

import pytest

from tests.paper_exchange.bybit_desk import Client, running_client

TRANSFER_ID = str(UUID(int=7))


async def transfer(client: Client, **changes: str) -> dict[str, object]:
    body = {
        "transferId": TRANSFER_ID,
        "coin": "USDT",
        "amount": "100.5",
        "fromAccountType": "UNIFIED",
        "toAccountType": "FUND",
    }
    return await client.post("/v5/asset/transfer/inter-transfer", **(body | changes))


async def balances(client: Client) -> tuple[str, str]:
    found: list[str] = []
    for kind in ("UNIFIED", "FUND"):
        answer = await client.result(
            "/v5/asset/transfer/query-account-coins-balance", accountType=kind
        )
        found.append(answer["balance"][0]["walletBalance"])
    return found[0], found[1]


async def test_money_moves_out_and_back_and_is_listed() -> None:
    async with running_client(rights={"internal_transfer": True}) as client:
        assert (await transfer(client))["result"] == {
            "transferId": TRANSFER_ID,
            "status": "SUCCESS",
        }
        assert await balances(client) == ("9899.5", "100.5")
        back = {"fromAccountType": "FUND", "toAccountType": "UNIFIED"}
        second = str(UUID(int=8))
        assert (await transfer(client, transferId=second, amount="100.6", **back))[
            "retCode"
        ] == 131212
        assert (await transfer(client, transferId=second, **back))["retCode"] == 0
        assert await balances(client) == ("10000", "0")
        rows = await client.rows("/v5/asset/transfer/query-inter-transfer-list", limit="2")
        assert [row["toAccountType"] for row in rows] == ["UNIFIED", "FUND"]
        assert {row["amount"] for row in rows} == {"100.5"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"transferId": "7"}, 131203),
        ({"amount": "0"}, 131215),
        ({"amount": "1.123456789"}, 131210),
        ({"amount": "20000"}, 131212),
        ({"toAccountType": "UNIFIED"}, 131211),
        ({"toAccountType": "SPOT"}, 131203),
        ({"coin": "BTC"}, 131215),
    ],
)
async def test_wrong_transfers_are_refused(changes: dict[str, str], code: int) -> None:
    async with running_client(rights={"internal_transfer": True}) as client:
        assert (await transfer(client, **changes))["retCode"] == code
        assert await balances(client) == ("10000", "0")


async def test_a_transfer_id_is_good_once() -> None:
    async with running_client(rights={"internal_transfer": True}) as client:
        assert (await transfer(client))["retCode"] == 0
        assert (await transfer(client))["retCode"] == 131214


async def test_transfers_and_withdrawals_need_their_permission() -> None:
    async with running_client() as client:
        assert (await transfer(client))["retCode"] == 10005
        for path in ("/v5/asset/transfer/universal-transfer", "/v5/asset/withdraw/create"):
            assert (await client.post(path))["retCode"] == 10005
    async with running_client(rights={"withdraw": True, "universal_transfer": True}) as client:
        assert (await client.post("/v5/asset/withdraw/create"))["retCode"] == 131097
        answer = await client.post("/v5/asset/transfer/universal-transfer")
        assert answer["retCode"] == 131202


async def test_settings_that_do_not_concern_trading_are_answered() -> None:
    async with running_client() as client:
        (collateral,) = await client.rows("/v5/account/collateral-info")
        assert (collateral["currency"], collateral["collateralRatio"]) == ("USDT", "1")
        hedging = await client.post("/v5/account/set-hedging-mode", setHedgingMode="OFF")
        assert hedging["retCode"] == 0
        wrong = await client.post("/v5/account/set-hedging-mode", setHedgingMode="MAYBE")
        assert wrong["retCode"] == 10001
        group = await client.result("/v5/account/smp-group")
        assert group == {"smpGroup": 0}


async def test_orders_are_cancelled_when_the_private_stream_stays_away() -> None:
    async with running_client() as client:
        path = "/v5/order/disconnected-cancel-all"
        answer = await client.post(path, timeWindow=10, product="DERIVATIVES")
        assert answer["retCode"] == 0
        info = await client.result("/v5/account/query-dcp-info")
        assert info["dcpInfos"][0]["timeWindow"] == "10"
        await client.placed(orderType="Limit", price="90000")
        for stays_away_s, left in ((9, 1), (11, 0)):
            socket = await client.stream("/v5/private", sign_in=True)
            await socket.send_json({"op": "subscribe", "args": ["dcp.future"]})
            assert (await socket.receive_json(timeout=30))["success"] is True
            client.desk.pass_time(60)
            assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == 1
            await socket.close()
            while client.desk.count_listeners("dcp.future"):
                await client.get("/v5/market/time")
            client.desk.pass_time(stays_away_s)
            assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == left
        assert (await client.post(path, timeWindow=2, product="DERIVATIVES"))["retCode"] == 10001
