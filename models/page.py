"""A score as one HTML page that needs nothing else: figures with intervals, and the worst mistakes as pictures."""

import base64
import html
from collections.abc import Sequence

from models import pictures, score
from models.detection import Detector, Frame
from models.score import Judged, Report

WORST = 16  # pictures of each kind
THUMBNAIL = 320  # pixels across
TITLES = {
    "pictures": "图片数<br>pictures",
    "with_smoke": "有烟<br>with smoke",
    "roc_auc": "ROC-AUC",
    "ap": "AP",
    "precision": "精确率<br>precision",
    "recall": "召回率<br>recall",
    "recall_at_fpr_1pct": "误报率 1 % 时召回率<br>recall at 1 % false positives",
    "recall_at_fpr_5pct": "误报率 5 % 时召回率<br>recall at 5 % false positives",
}
STYLE = (
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem auto;max-width:1100px;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:.25rem .6rem;text-align:right}"
    "td:first-child,th:first-child{text-align:left}small{color:#555;display:block}"
    "figure{display:inline-block;margin:.4rem;width:250px;vertical-align:top}img{width:100%}"
    "figcaption{overflow-wrap:anywhere;font-size:13px}"
)


def rendered(name: str, folder: str, threshold: float, judged: Sequence[Judged], detector: Detector) -> str:
    """The page; worst mistakes are judged once more, so that the regions can be drawn on them."""
    report = score.report(judged, threshold)
    title = f"{name} · {folder}"
    clear = sorted((one for one in judged if not one.smoke), key=lambda one: -one.score)[:WORST]
    smoky = sorted((one for one in judged if one.smoke), key=lambda one: one.score)[:WORST]
    return (
        f'<!doctype html>\n<html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>\n"
        f"<h1>烟雾检测评分 / Smoke detector score</h1>\n<p>{html.escape(title)}</p>\n{_table(report)}\n"
        f"<p>判定阈值 / called smoke from {threshold:.3f}；括号内为 95 % 自助法区间 / "
        f"in brackets: 95 % bootstrap intervals over pictures</p>\n"
        f"<h2>无烟却得分最高 / No smoke, highest scores</h2>\n{_gallery(clear, detector)}\n"
        f"<h2>有烟却得分最低 / Smoke, lowest scores</h2>\n{_gallery(smoky, detector)}\n</html>\n"
    )


def _table(report: Report) -> str:
    head = "".join(f"<th>{TITLES[name]}</th>" for name in report.overall)
    lines = [f"<table><tr><th>来源<br>source</th>{head}</tr>"]
    for source, found in report.rows:
        sure = report.intervals[source]
        cells = "".join(f"<td>{score.cell(value, sure.get(name))}</td>" for name, value in found.items())
        lines.append(f"<tr><td>{html.escape('全部 / all' if source == score.ALL else source)}</td>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _gallery(rows: Sequence[Judged], detector: Detector) -> str:
    return "\n".join(_figure(one, detector) for one in rows if one.path) or "<p>无 / none</p>"


def _figure(one: Judged, detector: Detector) -> str:
    assert one.path is not None
    frame = pictures.load(one.path)
    shown = pictures.with_regions(frame, detector.detect(frame).regions)
    data = base64.b64encode(pictures.jpeg(_small(shown), 80)).decode()
    caption = f"<b>{one.score:.3f}</b> {html.escape(one.source)}<small>{html.escape(one.path.name)}</small>"
    return f'<figure><img alt="" src="data:image/jpeg;base64,{data}"><figcaption>{caption}</figcaption></figure>'


def _small(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    return frame if width <= THUMBNAIL else pictures.resized(frame, THUMBNAIL, max(1, height * THUMBNAIL // width))
