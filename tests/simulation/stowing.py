"""Who stows: what came in is put into bins, carried from bin to bin, and counted where it lies."""

from __future__ import annotations

from tests.simulation.scene import ANOTHER, STAFF, Scene
from tests.simulation.shop import SKUS

_BINS = {"A-1": 4, "A-2": 100}  # with the pieces for which there is room
_AT = "/v1/warehouses/LEJ"


async def put_up_shelves(scene: Scene) -> None:
    """Before anything comes in, so that all of it wants a bin."""
    made = [await scene.ask(STAFF, "PUT", f"{_AT}/zones/A", {"name": "By the door"}, scene.key())]
    for code, capacity in _BINS.items():
        bin_ = {"zone": "A", "kind": "pick", "capacity": capacity}
        made.append(await scene.ask(STAFF, "PUT", f"{_AT}/bins/{code}", bin_, scene.key()))
    assert all(answered is not None and answered.status == 200 for answered in made), made


async def stow(scene: Scene, rounds: int) -> None:
    rng = scene.rng
    for _ in range(rounds):
        await scene.schedule.sleep(rng.choice((0.02, 1.0)))
        await rng.choice((_put_away, _put_away, _put_away, _carry, _count_zone))(scene)


async def _put_away(scene: Scene) -> None:
    """The oldest that waits, in whole or in part; two may have it in hand."""
    waiting = await scene.ask(STAFF, "GET", "/v1/put-away?warehouse=LEJ")
    if waiting is None or waiting.status != 200:
        return
    for task in waiting.body["items"][:2]:
        left = task["quantity"] - task["placed"]
        path = f"/v1/put-away/{task['task_id']}"
        if scene.rng.random() < 0.1:
            await scene.say(f"{path}/cancellation")
            continue
        placement = {
            "bin": scene.rng.choice(list(_BINS)),
            "quantity": scene.rng.choice((left, scene.rng.randint(1, left))),
        }
        if scene.rng.random() < 0.3:
            scene.schedule.start("stows as well", None, _place(scene, path, placement))
        await _place(scene, path, placement)


async def _place(scene: Scene, path: str, placement: dict[str, object]) -> None:
    await scene.say(f"{path}/placements", placement)


async def _carry(scene: Scene) -> None:
    """Between bins, out of them, or into one what lies in none."""
    from_bin, to_bin = scene.rng.sample([*_BINS, None], 2)
    ends = {"from_bin": from_bin, "to_bin": to_bin}
    move = {
        "warehouse": "LEJ",
        "sku": scene.rng.choice(list(SKUS)),
        "quantity": scene.rng.randint(1, 2),
        **ends,
    }
    await scene.say("/v1/bin-moves", move)


async def _count_zone(scene: Scene) -> None:
    planned = await scene.say("/v1/counts", {"warehouse": "LEJ", "zone": "A", "tolerance_pieces": 10})
    if planned is None or planned.status >= 300:
        return
    path = f"/v1/counts/{planned.body['count_id']}"
    lines = [{"sku": line["sku"], "counted": scene.rng.randint(0, 5)} for line in planned.body["lines"]]
    await scene.say(f"{path}/tallies", {"lines": lines})
    await scene.ask(ANOTHER, "POST", f"{path}/approval", {"reason": "seen"}, scene.key())
