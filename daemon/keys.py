"""python -m daemon.keys rotate|status|retire: change the key that opens customers' keys.

The key files are the operator's tool's business (`patriot keys rotate`); this process, which alone
may open a sealed key, seals what is stored for the current one, while trading goes on.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from uuid import UUID

from daemon.vault import API_KEY, API_SECRET, SealedCredential, Vault, open_vault, sealing_context
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import PatriotError, Refused
from patriot_app.core.queries import sealed_keys
from patriot_app.core.sealing import SealedBox, key_id, public_key_of, reseal
from patriot_app.core.services import key_rotation
from patriot_app.core.settings import Settings, get_settings, read_key
from patriot_app.core.unit_of_work import begin

ROTATOR = Actor(user_id=None, name="key rotation", roles=frozenset(), surface="cli")
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a pass over the stored keys did.

    Attributes:
        refused: keys that did not open, with the reason; they stay as they are.
        by_key: stored keys per key of the daemon afterwards.
    """

    key_id: str
    rewrapped: int
    refused: tuple[str, ...]
    by_key: dict[str, int]

    @property
    def left(self) -> int:
        """How many stored keys another key must open."""
        return sum(count for name, count in self.by_key.items() if name != self.key_id)


async def rotate(vault: Vault, public_key: bytes) -> Rotation:
    """Seal everything that is stored for one public key; what is done already is left alone.

    A stored key that does not open is told and passed over.
    """
    identity = key_id(public_key)
    refused: list[str] = []
    rewrapped, after = 0, _FIRST

    def seal_anew(sealed: key_rotation.Sealed) -> tuple[SealedBox, SealedBox] | None:
        try:
            return _resealed(vault, public_key, sealed)
        except Refused as error:
            refused.append(str(error))
            return None

    while True:
        async with begin(ROTATOR) as uow:
            step = await key_rotation.rewrap(uow, identity, seal_anew, after=after)
        rewrapped += step.rewrapped
        if step.last is None:
            break
        after = step.last
    done = Rotation(identity, rewrapped, tuple(refused), await sealed_keys.by_key())
    if rewrapped:
        async with begin(ROTATOR) as uow:
            await key_rotation.finish(uow, identity, rewrapped=rewrapped, left=done.left)
    return done


async def retire(identity: str, *, current: str) -> None:
    """Record that a former key is not needed; its file may be destroyed then.

    Raises:
        Refused: it is the current one, or stored keys are still sealed for it.
    """
    if identity == current:
        raise Refused(f"{identity} is the key in use")
    async with begin(ROTATOR) as uow:
        await key_rotation.retire(uow, identity)


def _resealed(
    vault: Vault, public_key: bytes, sealed: key_rotation.Sealed
) -> tuple[SealedBox, SealedBox]:
    credential = SealedCredential(
        exchange=sealed.exchange,
        account_id=str(sealed.account_id),
        record_id=str(sealed.credential_id),
        api_key=sealed.api_key,
        api_secret=sealed.api_secret,
    )
    private_key = vault.private_key(sealed.api_key.key_id)
    if private_key is None:
        raise Refused(
            f"Account {sealed.account_id}: its key is sealed for {sealed.api_key.key_id}, "
            "which is not among the key files"
        )
    api_key, api_secret = (
        reseal(private_key, public_key, box, context=sealing_context(credential, name))
        for name, box in ((API_KEY, sealed.api_key), (API_SECRET, sealed.api_secret))
    )
    return api_key, api_secret


async def _run(action: str, identity: str, settings: Settings) -> int:
    vault = open_vault(settings)
    public_key = public_key_of(read_key(settings.trading_key_file, name="PATRIOT_TRADING_KEY_FILE"))
    engine = create_engine(settings.database_url, process_name="patriot-keys", pool_size=1)
    use_engine(engine)
    try:
        if action == "retire":
            await retire(identity, current=key_id(public_key))
            return 0
        if action == "rotate":
            done = await rotate(vault, public_key)
            print(f"{done.rewrapped} stored keys sealed anew for {done.key_id}, {done.left} left")
            for reason in done.refused:
                print(f"  {reason}", file=sys.stderr)
            return 1 if done.left else 0
        for name, count in (await sealed_keys.by_key()).items():
            use = "in use" if name == key_id(public_key) else "former"
            print(f"{name}  {use:<7}{count:>7} stored keys")
        return 0
    finally:
        await engine.dispose()


def main() -> int:
    """Run and say why if it cannot."""
    parser = argparse.ArgumentParser(prog="python -m daemon.keys", description=__doc__)
    parser.add_argument("action", choices=("rotate", "status", "retire"))
    parser.add_argument("--key-id", default="", help="of the former key to retire")
    arguments = parser.parse_args()
    try:
        return asyncio.run(_run(arguments.action, arguments.key_id, get_settings()))
    except PatriotError as error:
        print(f"patriot keys: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
