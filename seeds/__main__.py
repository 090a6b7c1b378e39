"""`python -m seeds`: write a story's raw logs, list the stories, or check ordinary life.

python -m seeds list
python -m seeds write gs_netcat FOLDER [--scale 3]
python -m seeds check [--scale 3]
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import seeds
from seeds import check
from seeds.chronicle import event_of
from seeds.story import STORIES


def main() -> int:
    """Do what the command line asks; 1 when the check finds something."""
    parser = argparse.ArgumentParser(prog="python -m seeds", description="Raw sensor logs of the stories.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the stories")
    writing = commands.add_parser("write", help="write a story's raw logs into a folder")
    writing.add_argument("story", choices=seeds.names())
    writing.add_argument("folder", type=Path)
    writing.add_argument("--scale", type=float, default=1.0, help="density of ordinary life")
    checking = commands.add_parser("check", help="check that nothing is new that was not meant to be")
    checking.add_argument("--scale", type=float, default=1.0, help="density of ordinary life")
    asked = parser.parse_args()
    match asked.command:
        case "list":
            for story in STORIES.values():
                _say(f"{story.name:36} {story.about}")
        case "write":
            manifest = seeds.write(asked.story, asked.folder, scale=asked.scale)
            _say(f"{manifest.events} events in {asked.folder}")
        case _:
            return _check(asked.scale)
    return 0


def _check(scale: float) -> int:
    report = check.check(map(event_of, seeds.tell("benign", scale=scale)))
    surprises = check.unexpected(report)
    for found in report.novelties:
        if found.key[0] != "client":
            meant = "SURPRISE" if found in surprises else "new"
            _say(f"{_when(found.at)} {found.host:10} {meant:8} {found.key}")
    for found in report.gaps:
        _say(f"{_when(found.at)} {found.host:10} not seen for more than {check.LONGEST_GAP} days: {found.key}")
    for key in sorted(check.missing(report)):
        _say(f"meant to be new, but is not: {key}")
    clients = sum(found.key[0] == "client" for found in report.novelties)
    _say(f"{report.events} events, {clients} new web clients")
    _say(f"{len(surprises)} surprises, {len(report.gaps)} gaps")
    return int(bool(surprises or report.gaps or check.missing(report)))


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
