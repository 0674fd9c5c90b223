"""Several looks at a page that reads badly, and a vote between them, place by place.

Print of few pixels, of dots or of a photo is at the edge of what a recognizer can tell: the same page at
another size is misread in other places. Where two of three looks agree, they are right far more often than
any one of them. The idea is that of ROVER (Fiscus, 1997: a vote between recognizers of speech); here the
voters are one engine at several sizes, and places are matched by their boxes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from PIL import Image, ImageFilter

from pipelines.reading.ocr.engine import OcrWord
from pipelines.reading.raster import Raster

DOUBTFUL_PAGE = 0.85
"""Mean confidence of a page's words below which it is looked at again. Scans of A4 score 0.90 and more."""

_As = Callable[[Image.Image], Image.Image]
_OTHER_LOOKS: tuple[tuple[float, _As | None], ...] = (
    (0.8, None),
    (1.25, None),
    (1.0, lambda image: image.filter(ImageFilter.GaussianBlur(0.8))),
    (1.25, lambda image: image.filter(ImageFilter.MedianFilter(3))),
)
"""Size, and what is done to the pixels, of each further look: smaller, larger, without grain, without specks.

Of 96 names, days, numbers and amounts on 16 small photos of receipts and invoices one look found 74, a vote of
the first three 82, of all five 84.
"""
_TOGETHER = 0.5
"""Overlap, by the smaller word's side, from which two words of two looks stand in one place."""
_DISPUTED = 0.80
"""Confidence at most of a word that no more than half of the looks agree on."""
_SURE = 0.85
"""Confidence from which one look's word stands against three that do not agree with each other either."""
_PIECED = 0.50
"""Confidence at most of another word that no two looks agree on."""
_ALONE = 0.70
"""Confidence from which a word stays that one look alone found."""
_EDGES = ".,;:()[]|'\"„”-–—_*~"
_LATER = 2_000_000
"""Added to block numbers of words from a later look, for each look, so that they share no line with the first's."""

_Place = list[list[OcrWord]]
"""What each look found in one place, from left to right."""


def read_by_vote(read: Callable[[Raster], list[OcrWord]], raster: Raster, first: Sequence[OcrWord]) -> list[OcrWord]:
    """The page's words by most of five looks, of which `first` is the one at the raster's own size."""
    looks = [list(first)]
    for size, change in _OTHER_LOOKS:
        other = raster.scaled_to(raster.dpi * size)
        if change is not None:
            other = Raster(change(other.image), other.dpi, other.width, other.height)
        x, y = raster.image.width / other.image.width, raster.image.height / other.image.height
        looks.append([_resized(word, x, y) for word in read(other)])
    return vote(looks)


def _resized(word: OcrWord, x: float, y: float) -> OcrWord:
    return word._replace(x0=round(word.x0 * x), y0=round(word.y0 * y), x1=round(word.x1 * x), y1=round(word.y1 * y))


def vote(looks: Sequence[Sequence[OcrWord]]) -> list[OcrWord]:
    """One reading out of several of the same page, whose boxes are all in the pixels of the first.

    The first look's lines stay; words that it missed and others found stand in lines of their own.
    """
    return [word for place in _places(looks) for word in _elect(place)]


def _places(looks: Sequence[Sequence[OcrWord]]) -> Iterator[_Place]:
    """The words of all looks that overlap, directly or through others, in the order of their first word."""
    words = [(look, word) for look, found in enumerate(looks) for word in found]
    parent = list(range(len(words)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_top = sorted(range(len(words)), key=lambda i: words[i][1].y0)
    for position, i in enumerate(by_top):
        for j in by_top[position + 1 :]:
            if words[j][1].y0 >= words[i][1].y1:
                break
            if words[i][0] != words[j][0] and _share_a_place(words[i][1], words[j][1]):
                parent[max(root(i), root(j))] = min(root(i), root(j))
    members: dict[int, list[int]] = defaultdict(list)
    for i in range(len(words)):
        members[root(i)].append(i)
    for group in members.values():
        place: _Place = [[] for _ in looks]
        for i in sorted(group, key=lambda i: words[i][1].x0):
            place[words[i][0]].append(words[i][1])
        yield place


def _share_a_place(one: OcrWord, other: OcrWord) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across >= _TOGETHER * min(one.x1 - one.x0, other.x1 - other.x0) and down >= _TOGETHER * min(
        one.y1 - one.y0, other.y1 - other.y0
    )


def _elect(place: _Place) -> list[OcrWord]:
    votes: Counter[str] = Counter()
    weights: dict[str, float] = defaultdict(float)
    for found in place:
        if found:
            votes[_text(found)] += 1
            weights[_text(found)] += _confidence(found)
    winner = max(weights, key=lambda text: (votes[text], weights[text]))
    if votes[winner] == 1 and len(votes) > 1 and len(place[0]) > 1:
        return [chosen for word in place[0] for chosen in _elect(_narrowed(place, word))]
    best = max((found for found in place if found and _text(found) == winner), key=_confidence)
    agree, cast = votes[winner], sum(votes.values())
    if agree == cast == 1 and _confidence(best) < _ALONE:
        return []
    if agree == 1 < cast:
        pieced = _pieced(place) if _confidence(best) < _SURE else []
        best = pieced or [_at_most(word, _PIECED) for word in best]
    elif agree < cast - 1:
        best = [_at_most(word, _DISPUTED) for word in best]
    return _in_line(best, place)


def _narrowed(place: _Place, word: OcrWord) -> _Place:
    """What the looks found where one word of the first stands, without what reaches over its neighbours, too."""
    others = [other for other in place[0] if other is not word]
    return [
        [word],
        *(
            [w for w in found if _share_a_place(w, word) and not any(_share_a_place(w, other) for other in others)]
            for found in place[1:]
        ),
    ]


def _pieced(place: _Place) -> list[OcrWord]:
    """A word that every look reads differently, by most votes on each character; empty where lengths differ."""
    words = [found[0] for found in place if len(found) == 1]
    for some in combinations(words, 3):
        if len({len(word.text) for word in some}) == 1:
            letters = zip(*(word.text for word in some), strict=True)
            text = "".join(Counter(column).most_common(1)[0][0] for column in letters)
            return [_at_most(max(some, key=lambda w: w.confidence)._replace(text=text), _PIECED)]
    return []


def _in_line(chosen: Sequence[OcrWord], place: _Place) -> list[OcrWord]:
    """The words in the line of the first look's, or in one of their own where it found none."""
    look = next(i for i, found in enumerate(place) if found)
    block, paragraph, line = place[look][0].line
    home = (block + look * _LATER, paragraph, line)
    return [word._replace(line=home) for word in chosen]


def _text(found: Sequence[OcrWord]) -> str:
    return "".join(word.text for word in found).strip(_EDGES)


def _confidence(found: Sequence[OcrWord]) -> float:
    return sum(word.confidence for word in found) / len(found)


def _at_most(word: OcrWord, most: float) -> OcrWord:
    return word._replace(confidence=min(word.confidence, most))
