"""MP3 and AAC (ADTS): rows of frames, each of which says how long it is and how it is to be decoded.

Sources: ISO/IEC 11172-3 and 13818-3 (MPEG audio, layer III), ISO/IEC 13818-7 (ADTS), ID3 2.4 (id3.org).
"""

from collections.abc import Callable
from dataclasses import dataclass

_BITRATES = {  # kbit/s of layer III, by whether it is MPEG 1
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)  # hertz of MPEG 1; MPEG 2 has the half, MPEG 2.5 a quarter
_ADTS_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_COUNTED = (b"Xing", b"Info", b"VBRI")  # in a first frame that is no sound: how many others there are


MOST = 300_000  # frames: two hours of sound; of the smallest there are, 25 MB would take half a minute
HEADER = 7  # bytes, at most
REMEMBERED = 1_000  # headers


@dataclass(frozen=True, slots=True)
class Frame:
    length: int  # bytes
    samples: int
    rate: int  # hertz
    config: tuple[int, ...]  # what has to be the same for all frames of a file


@dataclass(frozen=True, slots=True)
class Row:
    """The frames of a file, without what stands before and behind them."""

    content: bytes
    seconds: float
    config: tuple[int, ...]
    is_whole: bool  # up to its last byte


def read(content: bytes) -> Row | None:
    """The frames of an MP3 or AAC file; None when it is neither, or something else stands between its frames.

    A last frame that is cut is left out, and so is one that only tells how many there are.
    """
    begin = _behind_tag(content)
    header = next((read for read in (_mp3, _adts) if read(content, begin)), None)
    if header is None:
        return None
    first = header(content, begin)
    rows = _length(content, begin, header)
    if first is None or rows is None:
        return None
    count, samples, end = rows
    if any(word in content[begin : begin + first.length][:64] for word in _COUNTED):
        begin, count, samples = begin + first.length, count - 1, samples - first.samples
    rest = content[end:]
    is_whole = not rest or (len(rest) == 128 and rest[:3] == b"TAG")
    is_cut = header(content, end) is not None
    if not (is_whole or is_cut or len(rest) < 8) or count < 1:
        return None
    return Row(content[begin:end], samples / first.rate, first.config, is_whole)


def _length(content: bytes, at: int, header: "Callable[[bytes, int], Frame | None]") -> tuple[int, int, int] | None:
    """How many frames alike follow each other, their samples, and where they end; None when they differ, or are more
    than any recording has that may be sent."""
    known: dict[bytes, Frame] = {}  # most have one of a few headers
    count = samples = 0
    config: tuple[int, ...] | None = None
    while (frame := known.get(content[at : at + HEADER]) or header(content, at)) and at + frame.length <= len(content):
        config = config or frame.config
        if frame.config != config or count == MOST:
            return None
        if len(known) < REMEMBERED:
            known[content[at : at + HEADER]] = frame
        count, samples, at = count + 1, samples + frame.samples, at + frame.length
    return count, samples, at


def _behind_tag(content: bytes) -> int:
    """Where the sound begins: behind an ID3 tag, whose length is written with seven bits in each byte."""
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True))


def _mp3(content: bytes, at: int) -> Frame | None:
    head = int.from_bytes(content[at : at + 4])
    version, layer, bits, rate = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if len(content) < at + 4 or head >> 21 != 0x7FF or version == 1 or layer != 1 or not 0 < bits < 15 or rate == 3:
        return None
    is_first = version == 3
    hertz = _RATES[rate] >> (0 if is_first else 1 if version == 2 else 2)
    samples = 1152 if is_first else 576
    length = samples // 8 * 1000 * _BITRATES[is_first][bits] // hertz + (head >> 9 & 1)
    return Frame(length, samples, hertz, (version, hertz, (head >> 6 & 3) == 3))


def _adts(content: bytes, at: int) -> Frame | None:
    head = int.from_bytes(content[at : at + 7])
    layer, rate, length = head >> 41 & 3, head >> 34 & 15, head >> 13 & 0x1FFF
    if len(content) < at + 7 or head >> 44 != 0xFFF or layer or rate >= len(_ADTS_RATES) or length < 7:
        return None
    blocks = (head & 3) + 1
    return Frame(length, 1024 * blocks, _ADTS_RATES[rate], (head >> 38 & 3, rate, head >> 30 & 7))
