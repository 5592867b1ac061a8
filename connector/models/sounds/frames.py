"""MP3 and AAC (ADTS): rows of frames, each of which says how long it is and how it is to be decoded.

Sources: ISO/IEC 11172-3 and 13818-3 (MPEG audio, layer III), ISO/IEC 13818-7 (ADTS), ID3 2.4 (id3.org).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_BITRATES = {  # kbit/s of layer III, by whether it is MPEG 1
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)  # hertz of MPEG 1; MPEG 2 has the half, MPEG 2.5 a quarter
_ADTS_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_COUNTED = (b"Xing", b"Info", b"VBRI")  # in a first frame that is no sound: how many others there are


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
    frames = list(_frames(content, begin, header))
    end = begin + sum(frame.length for frame in frames)
    if not frames or any(frame.config != frames[0].config for frame in frames):
        return None
    if any(word in content[begin : begin + frames[0].length][:64] for word in _COUNTED):
        begin += frames.pop(0).length
    rest = content[end:]
    is_whole = not rest or (len(rest) == 128 and rest[:3] == b"TAG")
    is_cut = header(content, end) is not None
    if not (is_whole or is_cut or len(rest) < 8) or not frames:
        return None
    lasts = sum(frame.samples for frame in frames) / frames[0].rate
    return Row(content[begin:end], lasts, frames[0].config, is_whole)


def _frames(content: bytes, at: int, header: "Callable[[bytes, int], Frame | None]") -> Iterator[Frame]:
    while (frame := header(content, at)) and at + frame.length <= len(content):
        yield frame
        at += frame.length


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
