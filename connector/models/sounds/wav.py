"""WAV: a header, and samples as they are (Microsoft, Multimedia Programming Interface 1.0, chapter 3).

A file that was written as a stream does not know its length: its header says zero, or the largest number there is.
"""

import itertools
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

RATE = (
    24_000  # samples a second of bare PCM (OpenAI guide, text to speech: 16 bits, signed, little-endian, one channel)
)
PCM = 1  # the number of the format
MOST_CHUNKS = 100  # in front of the samples; real files have a handful
LOOKED_AT = 1500  # samples for each bar of a picture: more would not change what is seen
LOUDEST = 100  # of a peak


@dataclass(frozen=True, slots=True)
class Wav:
    format: bytes  # the chunk "fmt ", which says how the samples are to be read
    samples: memoryview

    @property
    def kind(self) -> int:
        return int(struct.unpack_from("<H", self.format)[0])

    @property
    def channels(self) -> int:
        return int(struct.unpack_from("<H", self.format, 2)[0])

    @property
    def bits(self) -> int:
        return int(struct.unpack_from("<H", self.format, 14)[0])

    @property
    def seconds(self) -> float:
        bytes_a_second = struct.unpack_from("<I", self.format, 8)[0]
        return len(self.samples) / bytes_a_second if bytes_a_second else 0.0


def read(content: bytes) -> Wav | None:
    """The parts of a WAV file, of a cut one as far as it goes; None for anything else."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    described = b""
    for name, chunk in _chunks(memoryview(content)):
        if name == b"fmt " and len(chunk) >= 16:
            described = bytes(chunk)
        elif name == b"data" and described:
            frame = struct.unpack_from("<H", described, 12)[0] or 1  # bytes of one moment, all channels
            return Wav(described, chunk[: len(chunk) - len(chunk) % frame])
    return None


def written(described: bytes, samples: bytes | memoryview) -> bytes:
    """A file with a header that knows how long it is."""
    padding = b"\0" * (len(samples) % 2)
    chunks = b"".join(
        (b"fmt ", len(described).to_bytes(4, "little"), described, b"data", len(samples).to_bytes(4, "little"))
    )
    size = 4 + len(chunks) + len(samples) + len(padding)
    return b"".join((b"RIFF", size.to_bytes(4, "little"), b"WAVE", chunks, samples, padding))


def from_pcm(samples: bytes) -> bytes:
    """Bare samples, as the API sends them for `pcm`, as a file that can be played."""
    return written(struct.pack("<HHIIHH", PCM, 1, RATE, 2 * RATE, 2, 16), samples[: len(samples) // 2 * 2])


def peaks(content: bytes, count: int) -> list[int]:
    """How loud each of `count` equal parts is, 0 to 100, the loudest part of all being 100; empty where it is no WAV
    with samples of 16 bits."""
    found = read(content)
    if found is None or found.kind != PCM or found.bits != 16 or len(found.samples) < 2 * count:
        return []
    samples = array("h")
    samples.frombytes(found.samples[: len(found.samples) // 2 * 2])  # a header may speak of moments of three bytes
    ends = [len(samples) * number // count for number in range(count + 1)]
    loud = []
    for begin, end in itertools.pairwise(ends):
        part = samples[begin : end : max(1, (end - begin) // LOOKED_AT)]
        loud.append(max(max(part), -min(part), 0))
    most = max(loud)
    return [round(LOUDEST * value / most) if most else 0 for value in loud]


def _chunks(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(content):
            return
        name, size = bytes(content[at : at + 4]), int.from_bytes(content[at + 4 : at + 8], "little")
        if name == b"data" and (size == 0 or at + 8 + size > len(content)):
            size = len(content) - at - 8  # written as a stream, or cut
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
