"""`python -m evals.analytics`: the suite. `generate` writes its CSV files; `--paraphrases N` asks N made-up more."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.analytics.dataset import write_files
from evals.analytics.gold import Market
from evals.analytics.paraphrases import paraphrases
from evals.analytics.questions import Question, load_questions
from evals.analytics.report import report_of
from evals.analytics.suite import run_suite
from evals.analytics.worlds import WORLDS

SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.analytics", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="what the files and the paraphrases are made from")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--paraphrases", type=int, default=0, metavar="N", help="ask so many more, made by a grammar")
    parts = parser.add_subparsers(dest="part")
    generate = parts.add_parser("generate", help="write the CSV files, a folder for each market")
    generate.add_argument("--seed", type=int, default=SEED)
    generate.add_argument("--out", type=Path, required=True, metavar="DIR")
    chosen = parser.parse_args()
    if chosen.part == "generate":
        for name, world in WORLDS.items():
            write_files(world, chosen.seed, chosen.out / name)
            print(chosen.out / name)
        return
    sys.exit(evaluate(seed=chosen.seed, more=chosen.paraphrases, as_json=chosen.json))


def evaluate(*, seed: int = SEED, more: int = 0, as_json: bool = False) -> int:
    """Run the suite and print its report; 0 when the targets are reached, 1 when not."""
    questions = [*load_questions(), *_made(seed, more)]
    report = report_of(run_suite(questions, seed))
    print(json.dumps(report.as_json(), ensure_ascii=False) if as_json else "\n".join(report.lines()))
    return 0 if report.passed else 1


def _made(seed: int, count: int) -> list[Question]:
    if not count:
        return []
    made: list[Question] = []
    for world in WORLDS.values():
        with TemporaryDirectory() as folder:
            write_files(world, seed, Path(folder))
            made += paraphrases(world, Market.read(Path(folder)), seed, count // len(WORLDS))
    return made


if __name__ == "__main__":
    main()
