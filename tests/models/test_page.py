"""The score as a page: it needs nothing else, tells both languages, and shows the worst mistakes first."""

import re
from html.parser import HTMLParser
from pathlib import Path

import picture_kit

from models import manifest, page, score
from models.detection import Detection, Region
from models.scripted import ScriptedDetector

SHOWN = Region(0.2, 0.2, 0.4, 0.4, 0.9)


class Images(HTMLParser):
    """The sources of all pictures on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name == "src"]


def made(folder: Path, name: str = "scripted") -> str:
    rows = manifest.read(picture_kit.folder(folder))
    detector = ScriptedDetector([Detection(number / 10, (SHOWN,)) for number in range(len(rows))], name)
    judged = list(score.judged(rows, detector))
    return page.rendered(detector.name, folder.name, 0.5, judged, detector)


def test_every_picture_is_in_the_page_itself(tmp_path: Path) -> None:
    text = made(tmp_path)
    assert len(Images(text).sources) == 8
    assert all(source.startswith("data:image/jpeg;base64,") for source in Images(text).sources)
    assert not re.search(r"https?://|<link|<script", text)


def test_it_tells_figures_with_intervals_in_two_languages(tmp_path: Path) -> None:
    text = made(tmp_path)
    assert "误报率 1 % 时召回率<br>recall at 1 % false positives" in text
    assert re.search(r"<td>0\.\d{3} \(0\.\d\d-[01]\.\d\d\)</td>", text)
    assert text.index("全部 / all") < text.index(">near<") < text.index(">yard<")


def test_the_worst_come_first(tmp_path: Path) -> None:
    text = made(tmp_path)
    clear, smoky = text[text.index("No smoke") :].split("<h2>")[:2]
    told = [[float(value) for value in re.findall(r"<b>(.*?)</b>", part)] for part in (clear, smoky)]
    assert told[0] == sorted(told[0], reverse=True)
    assert told[1] == sorted(told[1])


def test_names_are_text_not_markup(tmp_path: Path) -> None:
    assert "<b>model</b>" not in made(tmp_path, "<b>model</b>")


def test_without_mistakes_to_show_it_says_so() -> None:
    detector = ScriptedDetector([0.5])
    assert page.rendered("m", "f", 0.5, [score.Judged(True, 0.5, "a")], detector).count("无 / none") == 2
