"""The end of a text that is still coming: what is open is closed for the moment, so that nothing flickers.

`The **bold wo` is shown as bold at once, not with its asterisks until the closing ones come.
"""

import re
from typing import NamedTuple

MOST = 500  # marks; each open one is looked at for each new one

_MARK = re.compile(r"\\[(\[]|\\.|`+|\*+|_+|~~+|\$\$|\$(?=\\)|!?\[|\]\(?")
_MARKER_ONLY = re.compile(r"[-+*_=#>`~|:$\\\[\s]*(?:\d{1,9}[.)]?\s*)?")
_FENCE = re.compile(r"[\s>]*(?:```|~~~)")
_FORMULA_END = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}


class Closed(NamedTuple):
    text: str
    open_at: int  # where the first open mark stands; the length of the text when none is open


def is_undecided(line: str) -> bool:
    """Whether an unfinished line may still become anything: `-`, `1`, `|--`, or the first line of a code block."""
    return bool(_MARKER_ONLY.fullmatch(line) or _FENCE.match(line))


def closed(text: str) -> Closed:
    """`text` with its open emphasis and code closed, half links as their text, half formulas left out."""
    opened: list[tuple[str, int]] = []
    position, end = 0, len(text)
    if len(_MARK.findall(text)) > MOST:
        return Closed(text, end)
    while mark := _MARK.search(text, position, end):
        found, at, position = mark[0], mark.start(), mark.end()
        if found[0] == "`":
            closer = _same_run(text, found, position)
            if closer < 0:
                body = text[position:].rstrip("`")
                return _with_ends(text[:at], opened, at, found + body + found if body.strip() else "")
            position = closer
        elif found in _FORMULA_END:
            closer = text.find(_FORMULA_END[found], position)
            if closer < 0:
                return _with_ends(text[:at], opened, at, "")
            position = closer + len(_FORMULA_END[found])
        elif found in ("[", "!["):
            opened.append((found, at))
        elif found in ("]", "]("):
            if not any(each in ("[", "![") for each, _ in opened):
                continue
            while opened[-1][0] not in ("[", "!["):
                opened.pop()
            bracket, start = opened.pop()
            if found == "](" and (closer := text.find(")", position)) < 0:
                label = "" if bracket == "![" else text[start + 1 : at]
                return _with_ends(text[:start], opened, start, label)
        elif found[0] != "\\":
            _emphasis(text, mark, opened)
    opened = [each for each in opened if each[0] not in ("[", "![")]
    return _with_ends(text, opened, end, "")


def _emphasis(text: str, mark: re.Match[str], opened: list[tuple[str, int]]) -> None:
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    if mark[0][0] == "_" and before.isalnum() and after.isalnum():
        return
    if before and not before.isspace() and any(each == mark[0] for each, _ in opened):
        while opened.pop()[0] != mark[0]:
            pass
    elif not after.isspace():
        opened.append((mark[0], mark.start()))


def _with_ends(text: str, opened: list[tuple[str, int]], at: int, rest: str) -> Closed:
    first = min([at, *(position for _, position in opened)])
    text += rest
    while opened and text.endswith(opened[-1][0]) and len(text) == opened[-1][1] + len(opened[-1][0]):
        text = text[: -len(opened.pop()[0])]  # nothing stands behind the mark yet
    if opened:
        text = text.rstrip()
    return Closed(text + "".join(mark for mark, _ in reversed(opened)), first)


def _same_run(text: str, run: str, position: int) -> int:
    """Where the next run of just as many backticks ends; -1 when there is none."""
    for found in re.compile("`+").finditer(text, position):
        if len(found[0]) == len(run):
            return found.end()
    return -1
