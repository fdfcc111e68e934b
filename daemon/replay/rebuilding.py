"""Make read models anew from the record and say whether that changed anything."""

from collections.abc import Callable

from patriot_app.core.clock import Clock
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid
from patriot_app.core.services import projections
from patriot_app.core.services.projections import READ_MODELS, ReadModel
from patriot_app.core.unit_of_work import begin


async def make_anew(name: str, *, clock: Clock, say: Callable[[str], None]) -> int:
    """Make one read model, or "all", anew, and compare it with what stood there.

    It happens in one transaction: whoever reads meanwhile sees what stood there before, and what is
    recorded meanwhile is taken in by the daemon afterwards.

    Returns:
        0 if everything is as it was, 1 if something differed or could not be read.

    Raises:
        Invalid: field "rebuild": there is no such read model.
    """
    chosen = [model for model in READ_MODELS if name in (model.name, "all")]
    if not chosen:
        names = ", ".join(model.name for model in READ_MODELS)
        raise Invalid({"rebuild": f"must be all, {names}"})
    return max([await _one(model, clock=clock, say=say) for model in chosen])


async def _one(model: ReadModel, *, clock: Clock, say: Callable[[str], None]) -> int:
    began = clock.monotonic()
    async with begin(SYSTEM, clock=clock) as uow:
        taken_in = await projections.positions(uow, model)
        before = await projections.fingerprint(uow, model)
        await projections.rebuild(uow, model)
        events = 0
        while True:
            taken = await projections.advance(uow, model, up_to=taken_in)
            events += taken
            if taken < projections.BATCH:
                break
        after = await projections.fingerprint(uow, model)
        problem = await projections.problem_of(uow, model)
    seconds = clock.monotonic() - began
    outcome = "as it was" if before == after else "DIFFERENT from what stood there"
    say(f"{model.name}: {events} events in {seconds:.1f} s, {problem or outcome}")
    return 1 if problem or before != after else 0
