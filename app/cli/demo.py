"""`polygraph demo`: from raw sensor logs to the gs-netcat story, told by the running API.

Starts everything in a folder of its own, so that no demo stains the user's graph: Neo4j and Redis, a
worker with detection, and the API, each a process as in production. What is shown at the end is asked
of the API as any client would ask it.
"""

import json as _json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

import seeds
from app import main, worker
from app.cli import telling
from app.cli.ask import data
from app.cli.caller import API_FILE, Caller, post, prepare, with_endpoints
from app.cli.intake import replay_story
from app.config import Settings
from app.errors import PolygraphError
from app.local import Endpoints, LocalStack, default_cache, find

STORY = "gs_netcat"
_STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """What runs: where the API is, and what asks it."""

    url: str
    token: str
    endpoints: Endpoints

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - any variable
        """Return the data of a GraphQL document's answer."""
        return data(post(self.url, self.token, document, variables))


def mount(app: typer.Typer, caller: Caller) -> None:
    """Add the command."""

    @app.command()
    def demo(
        once: Annotated[bool, typer.Option("--once", help="End after the story, without Ctrl-C.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
        story: Annotated[str, typer.Option(help=f"One of: {', '.join(seeds.names())}.")] = STORY,
        port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 0,
    ) -> None:
        """Tell the gs-netcat story on a real Neo4j and a real Redis, from raw logs to one composite alert."""
        begun = time.monotonic()
        seconds: dict[str, float] = {}

        def lap(name: str) -> None:
            seconds[name] = round(time.monotonic() - begun - sum(seconds.values()), 1)

        with everything(caller, port) as running:
            lap("start")
            settings = with_endpoints(Settings.from_env({}, home=caller.demo_folder), running.endpoints)
            with main.services(settings) as given:
                manifests: list[seeds.Manifest] = []

                def between(step: int) -> None:
                    if step == 1:
                        mark_critical(running, manifests[0])
                        lap("past")

                replay_story(given, caller, story, began=manifests.append, before=between)
            lap("story")
            result = telling.result(running.ask, manifests[0]) | {"seconds": seconds}
            if json:
                caller.emit(result)
            else:
                telling.show(caller, running.ask, result, running.url)
            if not once:
                caller.say(f"The API stays up at {running.url}/graphql until Ctrl-C.")
                stop = Event()
                worker.stop_on_signals(stop)
                while not stop.wait(1.0):
                    pass


@contextmanager
def everything(caller: Caller, port: int) -> Iterator[Running]:
    """Start a stack, a worker and the API afresh; all of it ends with the block, or with this process."""
    folder = caller.demo_folder
    stack = LocalStack(folder, cache=default_cache(caller.environment))
    if stack.exists:
        # An earlier demo's data would be this one's past.
        if find(folder) is not None:
            caller.say("ending the demo that still runs")
        stack.down(delete=True)
    endpoints = stack.up(owner_pid=os.getpid(), progress=caller.say)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        token = prepare(folder, endpoints)
        processes.append(_start(caller, folder, "work"))
        processes.append(_start(caller, folder, "serve", "--port", str(port), "--development"))
        yield Running(_url(folder, processes), token, endpoints)
    finally:
        for process in processes:
            if process.stdin:
                process.stdin.close()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        stack.down()


def _start(caller: Caller, folder: Path, *command: str) -> subprocess.Popen[bytes]:
    """Start one of our own commands, tied to this process by its standard input."""
    environment = {name: value for name, value in caller.environment.items() if not name.startswith("POLYGRAPH_")}
    environment["POLYGRAPH_HOME"] = str(folder)
    log = folder / f"{command[0]}.log"
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "app.cli", *command, "--with-parent"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            # Ctrl-C is this process's to hear; the others end with it, in order.
            start_new_session=True,
        )


def _url(folder: Path, processes: list[subprocess.Popen[bytes]]) -> str:
    """Wait for the API and return its address; raises PolygraphError that quotes the log of what failed."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        for process, name in zip(processes, ("work", "serve"), strict=True):
            if process.poll() is not None:
                lines = (folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
                raise PolygraphError(f"`polygraph {name}` ended: {lines[-1] if lines else 'it said nothing'}")
        try:
            return str(_json.loads((folder / API_FILE).read_text())["url"])
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    raise PolygraphError(f"the API did not start within {_STARTS_WITHIN:g} s; see {folder / 'serve.log'}")


def mark_critical(running: Running, manifest: seeds.Manifest) -> None:
    """Say which hosts are critical, as an administrator would."""
    for name in manifest.critical:
        host = running.ask("query Host($id: String!) { host(hostId: $id) { id } }", id=name)["host"]
        if host:
            running.ask("mutation Critical($id: ID!) { setHost(id: $id, criticality: CRITICAL) { id } }", id=host["id"])
