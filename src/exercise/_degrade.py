"""What goes wrong on the way: files cut short, files delivered twice, a file of noise, a name that is not UTF-8.

Rows broken, dropped, repeated or skewed inside a file are planted by the shape that writes it.
"""

import re
from dataclasses import dataclass, replace

from exercise._clock import date_of
from exercise._draws import Draws
from exercise._jabber import Loss, cut
from exercise._parts import Break, Draft, Fact, Part, day_folder
from exercise._sizes import DAYS

_TRUNCATED_ONE_IN, _AGAIN_ONE_IN = 120, 60  # files
_NOISE_BYTES = 4_096
_DAY = re.compile(rb"^D(\d{3})/")


@dataclass(frozen=True, slots=True)
class Degraded:
    """The files as they are delivered, and the copies lost with the ends of files."""

    drafts: tuple[Draft, ...]
    losses: tuple[Loss, ...]


def _day_of(path: bytes) -> int:
    found = _DAY.match(path)
    return int(found.group(1)) if found else DAYS


def _path_again(draft: Draft) -> bytes:
    """Where the same bytes come again a day later; the name tells the day where it did before."""
    rest = _DAY.sub(b"", draft.path)
    if draft.shape == "rocketchat":
        rest = rest.removesuffix(b".json") + b"-again.json"
    return f"{day_folder(_day_of(draft.path) + 1)}/".encode() + rest


def _truncated(draft: Draft, draws: Draws) -> tuple[Draft, list[Loss]]:
    """The file cut inside a record of its second half."""
    places = [place for place, part in enumerate(draft.parts) if isinstance(part.meaning, Fact)]
    at = places[draws.between(len(places) // 2, len(places) - 1)]
    fact = draft.parts[at].meaning
    message = fact.message if isinstance(fact, Fact) else None
    end = Part(cut(draft.parts[at].data, draws), Break("truncated", message))
    after = [part.meaning for part in draft.parts[at + 1 :]]
    losses = [Loss(lost.message, lost.copy) for lost in after if isinstance(lost, Fact)]
    return replace(draft, parts=(*draft.parts[:at], end)), losses


def _noise(seed: int) -> Draft:
    draws = Draws(seed, "noise")
    day = draws.between(5, 60)
    data = b"\x8f" + draws.bytes(_NOISE_BYTES - 1)  # a first byte that begins no text and no known format
    path = f"{day_folder(day)}/jabber/part-{date_of(day).isoformat()}.bin"
    return Draft(path.encode(), "noise", (Part(data, Break("random bytes", None)),))


def degraded(seed: int, drafts: list[Draft], odd_names: bool) -> Degraded:
    """The Jabber and Rocket.Chat files as delivered. With `odd_names` one file has a name that is not UTF-8."""
    draws, out, losses = Draws(seed, "degraded"), dict(enumerate(drafts)), list[Loss]()
    fit = [
        place
        for place, draft in enumerate(drafts)
        if _day_of(draft.path) < DAYS and sum(isinstance(part.meaning, Fact) for part in draft.parts) >= 4
    ]
    order = draws.shuffled(fit)
    cut_short = order[: max(2, len(drafts) // _TRUNCATED_ONE_IN)]
    again = order[len(cut_short) : len(cut_short) + max(3, len(drafts) // _AGAIN_ONE_IN)]
    extra = [drafts[place].again(_path_again(drafts[place]), "file delivered again") for place in again]
    extra.append(_noise(seed))
    for number, place in enumerate(cut_short):
        out[place], lost = _truncated(drafts[place], Draws(seed, "truncated", place))
        losses += lost
        if number % 2 == 0:
            extra.append(drafts[place].again(_path_again(drafts[place]), "whole file delivered after a truncated one"))
    if odd_names:
        odd = next(
            place for place in order[::-1] if drafts[place].shape == "jabber" and place not in (*cut_short, *again)
        )
        folder, _, name = out[odd].path.rpartition(b"/")
        out[odd] = replace(out[odd], path=folder + b"/copie-priv\xe9e-" + name, note="name is not UTF-8")
    every = sorted([*out.values(), *extra], key=lambda draft: draft.path)
    return Degraded(tuple(every), tuple(losses))
