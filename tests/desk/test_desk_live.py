"""Live updates: many watchers, one look; a slow one holds up nobody."""

import asyncio

from invoice_desk.live import Event, Hub, differences
from pipelines.queries import Standing


def _standing(state: str, stage: str = "received", edits: int = 0) -> Standing:
    return Standing(state, stage, f"{state}{edits}", "a.pdf", edits)


def test_what_happened_between_two_looks_is_told() -> None:
    before = {"a": _standing("received"), "b": _standing("accepted", "gold"), "c": _standing("accepted", "gold")}
    now = {
        "a": _standing("read", "read"),
        "b": _standing("deleted", "parsed", 1),
        "c": _standing("accepted", "parsed", 1),
        "d": _standing("received"),
    }
    told = [(event.kind, event.body["id"], event.body["state"]) for event in differences(before, now)]
    assert told == [
        ("processing_status", "a", "read"),
        ("processing_status", "b", "deleted"),
        ("invoice_deleted", "b", "deleted"),
        ("processing_status", "c", "accepted"),
        ("invoice_updated", "c", "accepted"),
        ("processing_status", "d", "received"),
    ]
    assert differences(now, now) == []


def test_a_hundred_watchers_cost_one_look_at_a_time() -> None:
    looks = 0
    heard: list[str] = []

    async def look() -> dict[str, Standing]:
        nonlocal looks
        looks += 1
        return {"a": _standing("read" if looks > 2 else "received")}

    async def watch(hub: Hub) -> None:
        async for event in hub.subscribe():
            if event is not None:
                heard.append(event.body["state"])
                return

    async def run() -> None:
        hub = Hub(look, most=200, poll_seconds=0.01)
        await asyncio.wait_for(asyncio.gather(*(watch(hub) for _ in range(100))), 10)
        await asyncio.sleep(0.05)
        assert hub.watchers == 0

    asyncio.run(run())
    assert heard == ["read"] * 100
    assert looks <= 5


def test_a_look_that_fails_ends_no_subscription() -> None:
    looks = 0

    async def look() -> dict[str, Standing]:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise OSError("the store does not answer")
        return {"a": _standing("read" if looks > 2 else "received")}

    async def run() -> Event | None:
        hub = Hub(look, most=5, poll_seconds=0.01)
        async for event in hub.subscribe():
            if event is not None:
                return event
        return None

    event = asyncio.run(asyncio.wait_for(run(), 10))
    assert event is not None
    assert event.body["before"] == "received"


def test_a_watcher_that_does_not_listen_is_told_to_look_anew() -> None:
    async def run() -> list[str]:
        async def look() -> dict[str, Standing]:
            return {}

        hub = Hub(look, most=5, poll_seconds=10)
        found = hub.subscribe()
        first = asyncio.ensure_future(anext(found))
        await asyncio.sleep(0.01)
        for n in range(1500):
            hub._tell(Event("processing_status", {"id": str(n)}))
        kinds = []
        one = await first
        while one is not None and len(kinds) < 2000:
            kinds.append(one.kind)
            if kinds[-1] == "reset":
                break
            one = await anext(found)
        await found.aclose()
        return kinds

    kinds = asyncio.run(asyncio.wait_for(run(), 10))
    assert kinds[-1] == "reset"
    assert len(kinds) <= 1001
