"""Pictures, each obviously drawn: flat shapes and the letters of one small built-in font.

Screenshots are PNG without compression, everything else JPEG with a quality of 80; both are the same bytes wherever the
pinned Pillow runs. Some JPEGs carry EXIF: a camera, a local time and, for some, the place of the author's home.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Exif
from PIL.TiffImagePlugin import IFDRational

from exercise._clock import wall_clock
from exercise._draws import Draws
from exercise._story import Message

_PAPER, _INK = (250, 248, 240), (40, 40, 48)
_COLOURS = ((196, 74, 60), (60, 122, 190), (92, 150, 80), (214, 164, 60), (130, 90, 160), (90, 160, 160))
_SHOPS = ("CORNER SHOP", "GREEN MARKET", "PAINT & TOOLS", "BAKERY 12", "FUEL STOP", "PHONE POINT")
_GOODS = ("bread", "milk", "eggs", "paint", "screws", "tea", "rice", "soap", "batteries", "apples")
_SIGNS = ("STOP", "NO PARKING", "OPEN 9-5", "MIND THE STEP", "KEEP 2 M APART", "ROAD CLOSED")
_CAMERAS = (("Aldin", "A7"), ("Norvo", "One 3"), ("Pixelet", "P20"))  # makes that do not exist


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's file name, type and bytes."""

    name: str
    mime: str
    data: bytes
    shows: str
    has_exif: bool


class _Canvas:
    """A drawing surface with letters of a fixed size."""

    __slots__ = ("_pen", "image")

    def __init__(self, width: int, height: int, ground: tuple[int, int, int]) -> None:
        self.image = Image.new("RGB", (width, height), ground)
        self._pen = ImageDraw.Draw(self.image)

    def box(self, left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> None:
        self._pen.rectangle((left, top, right, bottom), fill=colour, outline=_INK)

    def ball(self, left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> None:
        self._pen.ellipse((left, top, right, bottom), fill=colour, outline=_INK)

    def line(self, *points: tuple[int, int], width: int = 3) -> None:
        self._pen.line(list(points), fill=_INK, width=width)

    def write(self, left: int, top: int, text: str, scale: int = 2) -> None:
        """Letters of the built-in bitmap font, each dot `scale` dots wide: no font engine decides a pixel."""
        font = ImageFont.load_default_imagefont()
        _, _, right, bottom = font.getbbox(text)
        mask = Image.new("1", (int(right), int(bottom)))
        ImageDraw.Draw(mask).text((0, 0), text, fill=1, font=font)
        large = mask.resize((mask.width * scale, mask.height * scale), Image.Resampling.NEAREST)
        self.image.paste(_INK, (left, top), large)


def _receipt(draws: Draws) -> Image.Image:
    canvas = _Canvas(300, 420, _PAPER)
    canvas.write(30, 20, draws.pick(_SHOPS))
    total = 0
    for row in range(draws.between(3, 8)):
        cents = draws.between(45, 2900)
        total += cents
        canvas.write(30, 70 + row * 30, f"{draws.pick(_GOODS):<10}{cents // 100:>3}.{cents % 100:02d}")
    canvas.line((30, 330), (270, 330))
    canvas.write(30, 345, f"{'TOTAL':<10}{total // 100:>3}.{total % 100:02d}")
    return canvas.image


def _screenshot(draws: Draws) -> Image.Image:
    canvas = _Canvas(270, 480, (228, 221, 212))
    canvas.box(0, 0, 270, 44, (60, 122, 190))
    canvas.write(12, 12, f"chat {draws.between(1, 99)}")
    top = 60
    while top < 400:
        mine, width, height = draws.chance(500), draws.between(90, 190), draws.between(30, 60)
        left = 260 - width if mine else 10
        canvas.box(left, top, left + width, top + height, (214, 240, 196) if mine else (255, 255, 255))
        canvas.write(left + 8, top + 8, draws.text("abcdeghiklmnoprstu ", width // 16), 2)
        top += height + 14
    return canvas.image


def _map(draws: Draws) -> Image.Image:
    canvas = _Canvas(400, 300, (236, 240, 228))
    for _ in range(draws.between(4, 8)):
        canvas.line((0, draws.below(300)), (400, draws.below(300)), width=draws.between(4, 12))
        canvas.line((draws.below(400), 0), (draws.below(400), 300), width=draws.between(2, 6))
    canvas.box(20, 20, 20 + draws.between(30, 90), 20 + draws.between(30, 70), (150, 190, 220))
    left, top = draws.between(60, 330), draws.between(60, 230)
    canvas.ball(left, top, left + 24, top + 24, (196, 74, 60))
    canvas.write(10, 276, f"{draws.between(1, 9) * 100} m", 2)
    return canvas.image


def _sign(draws: Draws) -> Image.Image:
    canvas = _Canvas(400, 300, (178, 206, 226))
    canvas.box(190, 200, 210, 300, (120, 120, 120))
    canvas.box(30, 60, 370, 200, draws.pick(_COLOURS))
    canvas.write(50, 110, draws.pick(_SIGNS), 3)
    return canvas.image


def _pet(draws: Draws) -> Image.Image:
    canvas, coat = _Canvas(360, 320, (220, 232, 210)), draws.pick(_COLOURS)
    left, top = draws.between(60, 110), draws.between(110, 140)
    canvas.ball(left, top, left + 180, top + 110, coat)
    canvas.ball(left + 130, top - 60, left + 220, top + 30, coat)
    canvas.box(left + 140, top - 80, left + 158, top - 50, coat)
    canvas.box(left + 190, top - 80, left + 208, top - 50, coat)
    canvas.ball(left + 160, top - 30, left + 168, top - 22, _INK)
    canvas.ball(left + 185, top - 30, left + 193, top - 22, _INK)
    canvas.line((left, top + 50), (left - draws.between(20, 50), top - draws.between(0, 40)), width=8)
    return canvas.image


def _parcel(draws: Draws) -> Image.Image:
    canvas = _Canvas(400, 300, draws.pick(((210, 200, 190), (190, 200, 210), (200, 190, 170))))
    for place in range(draws.between(1, 4)):
        left, top = 30 + place * 85, draws.between(90, 150)
        canvas.box(left, top, left + 75, top + draws.between(60, 110), (190, 150, 100))
        canvas.line((left + 37, top), (left + 37, top + 60), width=6)
    canvas.write(20, 20, f"no. {draws.between(1000, 9999)}", 2)
    return canvas.image


_DRAWN: dict[str, Callable[[Draws], Image.Image]] = {
    "receipt": _receipt,
    "screenshot": _screenshot,
    "map": _map,
    "sign": _sign,
    "pet": _pet,
    "parcel": _parcel,
}


def _degrees(value_e4: int) -> tuple[IFDRational, IFDRational, IFDRational]:
    whole, rest = divmod(abs(value_e4), 10_000)
    minutes, rest = divmod(rest * 60, 10_000)
    return IFDRational(whole), IFDRational(minutes), IFDRational(rest * 60, 10_000)


def _exif(message: Message, draws: Draws) -> Exif:
    """Camera, local time and sometimes the place (tags of EXIF 2.32)."""
    exif, home = Image.Exif(), message.author.home
    exif[0x010F], exif[0x0110] = draws.pick(_CAMERAS)
    taken = wall_clock(message.sent_us, home.offset_minutes).strftime("%Y:%m:%d %H:%M:%S")
    exif[0x0132] = taken
    exif.get_ifd(0x8769)[0x9003] = taken
    if draws.chance(500):
        place = exif.get_ifd(0x8825)
        place[1], place[2] = "N" if home.latitude_e4 >= 0 else "S", _degrees(home.latitude_e4 + draws.below(200))
        place[3], place[4] = "E" if home.longitude_e4 >= 0 else "W", _degrees(home.longitude_e4 + draws.below(200))
    return exif


def picture_of(seed: int, message: Message) -> Picture:
    """The picture of a message whose `picture` names what it shows."""
    draws = Draws(seed, "picture", message.number)
    image, out = _DRAWN[message.picture](draws), io.BytesIO()
    stem = f"IMG-{wall_clock(message.sent_us, message.author.home.offset_minutes):%Y%m%d}-WA{message.number:04d}"
    if message.picture == "screenshot":
        image.quantize(16, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            out, "PNG", compress_level=0
        )
        return Picture(f"{stem}.png", "image/png", out.getvalue(), message.picture, has_exif=False)
    has_exif = message.picture not in {"map", "receipt"} and draws.chance(500)
    if has_exif:
        image.save(out, "JPEG", quality=80, exif=_exif(message, draws))
    else:
        image.save(out, "JPEG", quality=80)
    return Picture(f"{stem}.jpg", "image/jpeg", out.getvalue(), message.picture, has_exif)
