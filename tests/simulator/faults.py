"""Everything that may go wrong, drawn by the seed."""

import asyncio
from dataclasses import dataclass
from random import Random

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Rates:
    """How often what happens. Each run is bad in its own way."""

    slow: float
    stuck: float
    commit_lost: float
    commit_unheard: float
    append_lost: float
    append_unheard: float
    lag: float
    crash_every: float
    move_every: float
    rewind: float


CALM = Rates(0.05, 0, 0, 0, 0, 0, 0, 1e9, 1e9, 0)


class Faults:
    """One source of chance for a whole run: the same seed gives the same run."""

    def __init__(self, seed: int, calm_after: float) -> None:
        self.random = Random(seed)
        self.calm_after = calm_after
        draw, choice = self.random.uniform, self.random.choice
        self._rates = Rates(
            slow=draw(0, 0.3),
            stuck=choice((0.0, 0.01, 0.05)),
            commit_lost=choice((0.0, 0.03, 0.2)),
            commit_unheard=choice((0.0, 0.03, 0.2)),
            append_lost=choice((0.0, 0.05, 0.3)),
            append_unheard=choice((0.0, 0.05, 0.3)),
            lag=choice((0.0, 0.1, 0.7)),
            crash_every=draw(3, 40),
            move_every=draw(2, 30),
            rewind=draw(0, 0.05),
        )
        self.clock_hours = choice(((0.0,), (0.0, 1.0), (0.0, -1.0), (1.0, -1.0)))
        """By how many hours the wall clocks of processes may be wrong in this run."""

    @property
    def is_calm(self) -> bool:
        """Nothing goes wrong any more: whatever is open comes to its end."""
        return asyncio.get_running_loop().time() > self.calm_after

    @property
    def rates(self) -> Rates:
        """Those that hold now."""
        return CALM if self.is_calm else self._rates

    def happens(self, rate: float) -> bool:
        """Whether it happens this time."""
        return self.random.random() < rate

    async def pause(self) -> None:
        """A network, a disk, a process that was not scheduled: mostly quick, sometimes slow, now and then stuck."""
        longest = 0.02
        if self.happens(self.rates.stuck):
            longest = 7.0
        elif self.happens(self.rates.slow):
            longest = 0.5
        await asyncio.sleep(self.random.uniform(0.0005, longest))

    async def step(self) -> None:
        """A statement inside a transaction."""
        await asyncio.sleep(self.random.uniform(0.0001, 0.003))

    def new_id(self) -> str:
        """128 bits by the seed."""
        return f"{self.random.getrandbits(128):032x}"

    def new_token(self, length: int) -> str:
        """A link's token by the seed."""
        return "".join(self.random.choices(BASE62, k=length))
