"""What is said in one session: lines that open, answer and go on, each in its author's way of writing."""

from collections.abc import Iterator
from dataclasses import dataclass

from exercise._cast import Person, Style
from exercise._draws import Draws
from exercise._inventory import Inventory, Topic, inventory

_EMOJI = ("😂", "😅", "👍", "🙏", "❤️", "🔥", "😎", "🤔", "🎉", "🚗", "☀️", "🤷‍♂️")
_TRIES = 6  # redraws of a long line that was said before in the same words


@dataclass(frozen=True, slots=True)
class Line:
    """One message before it is sent: who says what, how long after the line before."""

    author: Person
    body: str
    gap_s: int


def _typo(text: str, draws: Draws) -> str:
    """Two neighbouring letters of one longer word change places."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return text
    place = draws.pick(long)
    word, at = words[place], draws.between(1, len(words[place]) - 3)
    words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _with_case(text: str, language: str, lower_case: bool) -> str:
    """All in small letters, or beginning with a capital; Turkish has its own pairs of i."""
    if language == "tr":
        small, capital = text.translate({ord("İ"): "i", ord("I"): "ı"}), "İ" if text[:1] == "i" else text[:1].upper()
        return small.lower() if lower_case else capital + text[1:]
    return text.lower() if lower_case else text[:1].upper() + text[1:]


def _styled(text: str, style: Style, words: Inventory, draws: Draws) -> str:
    if words.cased:
        text = _with_case(text, words.language, style.lower_case)
        if draws.chance(style.typos):
            text = _typo(text, draws)
    if not style.drops_stops and text[-1:].isalpha():
        text += "." if words.cased else ""
    if draws.chance(style.emoji):
        text += " " + draws.pick(_EMOJI)
    return text


def _long_line(words: Inventory, template: str, style: Style, draws: Draws) -> str:
    text = words.filled(template, draws)
    if draws.chance(330):
        text = words.opener[draws.below(len(words.opener))] + words.joiner + text
    if draws.chance(420):
        tail = words.filled(draws.pick(words.tail), draws)
        if draws.chance(style.two_lines):
            text += "\n" + tail
        elif words.joiner and text[-1] in "?？؟":
            text += " " + tail
        else:
            text += (", " if words.joiner else "") + tail
    return _styled(text, style, words, draws)


class Talk:
    """Writes sessions; remembers the long lines said, so that few are said twice."""

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said: set[str] = set()

    def _line(self, words: Inventory, template: str, style: Style, draws: Draws) -> str:
        text = ""
        for _ in range(_TRIES):
            text = _long_line(words, template, style, draws)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def session(self, members: tuple[Person, ...], language: str, topic: Topic, draws: Draws) -> Iterator[Line]:
        """The lines of one session, the opening one first; everybody in it says at least something in turn."""
        words = inventory(language)
        cast = draws.shuffled(members)[: draws.between(2, max(2, min(4, len(members))))]
        length = draws.between(3, 14)
        left: list[str] = []
        for place in range(length):
            author = cast[place % len(cast)] if place < len(cast) else draws.pick(cast)
            if place > 1 and draws.chance(300):
                body = draws.pick(words.ack)
            else:
                if place < 2:
                    left = [draws.pick(topic.answer if place else topic.ask)]
                elif not left:
                    left = draws.shuffled(topic.more + topic.answer)
                body = self._line(words, left.pop(), author.style, draws)
            yield Line(author, body, draws.between(4, 240) if place else 0)
