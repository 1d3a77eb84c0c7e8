"""Chat at speed for benchmarks: Jabber files with a vocabulary that grows and repeats as chat does.

Words follow a Zipf-Mandelbrot law (the commonest is 3 % of all words, as in English) over a vocabulary that grows with
the text (Heaps); lengths are those of chat, handles are heavy-tailed. `repeats` of the messages stand in a second copy,
as a receiver's device would hold them.
It is a load, not a likeness: the exercise is for accuracy.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

START = datetime(2020, 4, 1, tzinfo=UTC)
DAYS = 74
HANDLES = 4_000
FLATTEN = 3  # Mandelbrot's shift: how far the commonest words fall short of Zipf's law
SYLLABLES = [a + b for a in "bdfghjklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "on")]


def word(number: int) -> str:
    """A made word for a rank: short for common words, longer for rare ones."""
    base = len(SYLLABLES)
    out = SYLLABLES[number % base]
    while number >= base:
        number = number // base - 1
        out = SYLLABLES[number % base] + out
    return out


def write_haul(folder: Path, records: int, repeats: float = 0.3, seed: int = 1) -> int:
    """Write about `records` source records as daily Jabber files; how many real messages they hold."""
    rng = np.random.default_rng(seed)
    messages = int(records / (1 + repeats / (1 - repeats)))
    vocabulary = np.array([word(rank) for rank in range(max(2_000, int(30 * messages**0.6)))])
    per_day = -(-messages // DAYS)
    written = 0
    for day in range(DAYS):
        count = min(per_day, messages - written)
        if count <= 0:
            break
        lines = _day(rng, vocabulary, day, count)
        held = rng.random(count) < repeats / (1 - repeats)
        _write(folder / "jabber" / "alpha" / f"{_date(day)}.json", lines)
        copied = [line for line, twice in zip(lines, held, strict=True) if twice]
        _write(folder / "jabber" / "beta" / f"{_date(day)}.json", copied)
        written += count
    return written


def _date(day: int) -> str:
    return (START + timedelta(days=day)).strftime("%Y-%m-%d")


def _day(rng: np.random.Generator, vocabulary: np.ndarray, day: int, count: int) -> list[str]:
    lengths = np.minimum(rng.geometric(0.13, count), 40)
    spread = rng.random(int(lengths.sum())) * np.log(len(vocabulary) / FLATTEN + 1)
    words = vocabulary[np.minimum((FLATTEN * np.expm1(spread)).astype(int), len(vocabulary) - 1)]
    senders = np.minimum(rng.zipf(1.4, count), HANDLES)
    receivers = np.minimum(rng.zipf(1.4, count) + 7, HANDLES)
    seconds = np.sort(rng.integers(0, 86_400_000_000, count))
    ends = np.cumsum(lengths)
    stamp = START + timedelta(days=day)
    lines = []
    for at in range(count):
        body = " ".join(words[ends[at] - lengths[at] : ends[at]])
        ts = (stamp + timedelta(microseconds=int(seconds[at]))).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        sender, receiver = f"h{senders[at]}@chat.example", f"h{receivers[at]}@chat.example"
        lines.append(f'{{"ts": "{ts}", "from": "{sender}", "to": "{receiver}", "body": "{body}"}}')
    return lines


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="ascii")
