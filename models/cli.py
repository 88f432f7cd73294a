"""`luxi model`: training the detector and scoring it."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.card import Card
    from models.detection import Detector


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Mount `model train` and `model score`; each sets `run`, which returns the exit status."""
    model = commands.add_parser("model", help=_say("烟雾检测模型：训练与评分", "the smoke detector: train and score"))
    verbs = model.add_subparsers(dest="verb", required=True, metavar="train|score")
    _add_train(verbs)
    _add_score(verbs)


def _add_score(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("score", help=_say("在带标注的图片上评分", "score on labelled pictures"))
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help=_say("含 manifest.csv 的文件夹", "with manifest.csv")
    )
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help=_say("模型卡，默认随产品的", "default: the shipped one")
    )
    precision = _say("模型卡中的哪个文件，默认第一个", "which of the card's files, default: its first")
    parser.add_argument("--precision", choices=["int8", "float32"], help=precision)
    foreign = _say(
        "改为评价一个 YOLO 模型（输出 [1, 4+n, 框数]）", "score a YOLO model instead (output [1, 4+n, boxes])"
    )
    parser.add_argument("--yolo", type=Path, metavar="FILE", help=foreign)
    smoke = _say("其中烟雾类别的序号，默认 0", "the number of its class smoke, default 0")
    parser.add_argument("--smoke-class", type=int, default=0, metavar="N", help=smoke)
    parser.add_argument("--json", action="store_true", help=_say("供脚本读取", "for scripts"))
    page = _say("把结果和最严重的错误写成网页", "write figures and the worst mistakes as a page")
    parser.add_argument("--html", type=Path, metavar="FILE", help=page)
    noting = _say("把结果记入模型卡，以此为名", "write the figures into the card, under this name")
    parser.add_argument("--note", metavar="SET", help=noting)
    parser.set_defaults(run=_run_score)


def _add_train(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("train", help=_say("训练新模型", "train a new model"))
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help=_say("含 manifest.csv 的文件夹", "with manifest.csv")
    )
    out = Path("build/model")
    parser.add_argument("--out", type=Path, default=out, metavar="DIR", help=_say("输出文件夹", "where it all goes"))
    parser.add_argument(
        "--minutes", type=float, default=30.0, metavar="N", help=_say("训练分钟数", "minutes of training")
    )
    parser.add_argument("--steps", type=int, default=1_000_000, metavar="N", help=_say("最多步数", "steps at most"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_say("随机种子", "seed"))
    parser.add_argument("--threads", type=int, default=2, metavar="N", help=_say("线程数", "threads of the network"))
    parser.add_argument("--resume", action="store_true", help=_say("从上次中断处继续", "go on where it was left"))
    for option, zh, en in (
        ("--plumes", "黑底烟雾视频（可多次给出）", "film of smoke on black (may be repeated)"),
        ("--scenes", "无烟场景视频（可多次给出）", "film of a scene without smoke (may be repeated)"),
    ):
        parser.add_argument(option, type=Path, action="append", default=[], metavar="FILE", help=_say(zh, en))
    parser.set_defaults(run=_run_train)


def _run_score(args: argparse.Namespace) -> int:
    from models import card, manifest, page, score
    from models.train.toml import rendered
    from models.yolo import SHOWN

    if args.note and args.yolo:
        return _failed(_say("--note 只用于带模型卡的模型", "--note is for models with a card"), 2)
    try:
        model = card.load(args.card) if args.card else card.shipped()
        rows, detector = manifest.read(args.folder), _detector(args, model)
    except (card.CardError, manifest.ManifestError) as error:
        return _failed(error, 2)
    threshold = SHOWN if args.yolo else model.facts.thresholds.picture
    try:
        found = list(score.judged(rows, detector, _progress(len(rows))))
        if args.html:
            text = page.rendered(detector.name, args.folder.name, threshold, found, detector)
            args.html.write_text(text, encoding="utf-8")
        report = score.report(found, threshold)
        if args.note:
            model.path.write_text(rendered(score.noted(model.facts, args.note, report)), encoding="utf-8")
    except (OSError, ValueError) as error:
        return _failed(error, 1)
    if args.json:
        print(json.dumps({"model": detector.name, **report.as_json()}, ensure_ascii=False))
    else:
        print(f"{detector.name}  {args.folder}")
        print(score.table(report))
    return 0


def _detector(args: argparse.Namespace, model: "Card") -> "Detector":
    from models.ort import OnnxDetector
    from models.yolo import YoloDetector

    if args.yolo:
        return YoloDetector(args.yolo, args.smoke_class)
    return OnnxDetector(model, precision=args.precision)


def _run_train(args: argparse.Namespace) -> int:
    # Before torch is loaded: threads that spin while they wait took three times the CPU on a machine with other work.
    os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    try:
        from models.train import job, loop, publish
    except ImportError as error:
        zh = "训练需要附加的软件包，请安装：pip install 'luxi[train]'"
        return _failed(f"{zh} / training needs more packages, install 'luxi[train]': {error}", 2)
    work = job.Job(args.folder, args.out, args.seed, tuple(args.plumes), tuple(args.scenes))
    plan = loop.Plan(seconds=args.minutes * 60, steps=args.steps, threads=args.threads)
    try:
        done = job.run(work, plan, _tell, resume=args.resume)
        made = publish.published(work, _command(args), _tell)
    except (OSError, ValueError) as error:
        return _failed(error, 1)
    best = f"{done.best:.4f}"
    print(_say(f"完成：{made.path}，留出集均值 {best}", f"done: {made.path}, best mean on held-out pictures {best}"))
    return 0


def _command(args: argparse.Namespace) -> str:
    """The command as it goes into the card: what was asked for, in one order, without the places of this machine."""
    films = [f"--{option} {film.name}" for option in ("plumes", "scenes") for film in getattr(args, option)]
    steps = [f"--steps {args.steps}"] if args.steps < 1_000_000 else []
    asked = [f"--minutes {args.minutes:g}", f"--seed {args.seed}", f"--threads {args.threads}"]
    again = ["--resume"] if args.resume else []
    return " ".join(["luxi model train", args.folder.name, *steps, *asked, *again, *films])


def _progress(total: int) -> Callable[[int], None]:
    """One line on a terminal that counts up; silent where nobody looks."""
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda done: print(f"\r{done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _failed(error: object, status: int) -> int:
    print(error, file=sys.stderr)
    return status


def _say(zh: str, en: str) -> str:
    """The text for the locale; the same rule as in the rest of the product, which this package can't import."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return zh if locale.startswith("zh") else en
