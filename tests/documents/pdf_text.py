"""Reads back what our PDFs print, as far as Helvetica and Courier go; enough to know that a text is on paper."""

from __future__ import annotations

import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj", re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def _plain(escaped: bytes) -> str:
    def one(match: re.Match[bytes]) -> bytes:
        found = match[1]
        return bytes([int(found, 8)]) if found.isdigit() else found

    return ESCAPE.sub(one, escaped).decode("cp1252", "replace")


def streams(pdf: bytes) -> list[bytes]:
    """Every stream that can be inflated, in the order of the file."""
    found = []
    for match in STREAM.finditer(pdf):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return found


def texts(pdf: bytes) -> list[str]:
    """What each stream prints, pieces parted by one space; a page's content is one stream."""
    pieces = (" ".join(_plain(match[1]) for match in SHOWN.finditer(stream)) for stream in streams(pdf))
    return [re.sub(r"\s+", " ", piece) for piece in pieces]


def text(pdf: bytes) -> str:
    """All that is printed, pieces parted by one space."""
    return re.sub(r"\s+", " ", " ".join(texts(pdf)))


def sizes(pdf: bytes) -> list[float]:
    """Every size of type that is set, in points."""
    return [float(size) for stream in streams(pdf) for size in re.findall(rb"/F\d+ ([\d.]+) Tf", stream)]


def pages(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page in points."""
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    return [(float(width), float(height)) for width, height in boxes]
