"""What every command needs: settings with the local stack filled in, the API's address and token, a console."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app import queries, schema
from app.api.tokens import new_token, store_token
from app.config import Settings
from app.errors import ConfigError, PolygraphError
from app.graph import Graph
from app.local import Endpoints, LocalStack, default_folder, find
from app.migrate import ensure

API_FILE = "api.json"
TOKEN_FILE = "admin.token"  # noqa: S105 - a file's name


class Caller:
    """Who called: an environment, and what follows from it. Nothing is looked up before it is asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        # A pipe has no width: what reads it shall not get lines cut to eighty columns.
        wide = None if sys.stdout.isatty() else 160
        self.out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=wide)
        self.err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def own_folder(self) -> Path:
        """Return the folder of the user's own stack."""
        return default_folder(self.environment)

    @property
    def demo_folder(self) -> Path:
        """Return the folder of the demo's stack."""
        return self.own_folder.parent / f"{self.own_folder.name}-demo"

    @property
    def folder(self) -> Path:
        """Return the folder of the stack that is up: the user's own, else the demo's."""
        if find(self.own_folder) is None and find(self.demo_folder) is not None:
            return self.demo_folder
        return self.own_folder

    def settings(self, **given: Any) -> Settings:  # noqa: ANN401 - any setting's value
        """Return the settings; where they name no databases, those of the local stack that is up."""
        settings = Settings.from_env(self.environment, **given)
        if settings.neo4j_uri is None or settings.redis_url is None:
            up = find(self.folder)
            if up is not None:
                settings = with_endpoints(settings, up)
        return settings

    def prepare(self, stack: LocalStack, endpoints: Endpoints) -> None:
        """Make a stack that has just come up ready: schema, and one admin token in a file of its own."""
        prepare(stack.folder, endpoints)

    def api(self) -> tuple[str, str]:
        """Return the running API's address and a token for it.

        Raises ConfigError that says how to start one.
        """
        settings = Settings.from_env(self.environment)
        url = settings.api_url
        if url is None:
            with suppress(OSError, ValueError):
                url = json.loads((self.folder / API_FILE).read_text())["url"]
        token = settings.token.get_secret_value() if settings.token else None
        if token is None:
            with suppress(OSError):
                token = (self.folder / TOKEN_FILE).read_text().strip()
        if url is None:
            raise ConfigError("no API is known: start one with `polygraph serve`, or set POLYGRAPH_API_URL")
        if token is None:
            raise ConfigError("no token is known: set POLYGRAPH_TOKEN, or run `polygraph local up`, which makes one")
        return url, token

    def graphql(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a GraphQL document to the running API and return the whole answer."""
        url, token = self.api()
        return post(url, token, document, variables)

    def progress(self) -> Progress:
        """Return a progress bar; it shows nothing where standard error is no terminal."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.err,
            disable=not self.err.is_terminal,
            transient=True,
        )

    def say(self, text: str) -> None:
        """Tell people how it goes, apart from the output."""
        self.err.print(text)

    def emit(self, value: object) -> None:
        """Print JSON for machines."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def with_endpoints(settings: Settings, up: Endpoints) -> Settings:
    """Return the settings with a local stack's addresses where none are set."""
    given: dict[str, Any] = {}
    if settings.neo4j_uri is None:
        given |= {
            "neo4j_uri": up.neo4j_uri,
            "neo4j_user": up.neo4j_user,
            "neo4j_password": SecretStr(up.neo4j_password),
        }
    if settings.redis_url is None:
        given["redis_url"] = up.redis_url
    return settings.model_copy(update=given)


def prepare(folder: Path, endpoints: Endpoints) -> str:
    """Install the schema and return the admin token, made once and kept in a file that only its owner reads."""
    file = folder / TOKEN_FILE
    with Graph(endpoints.neo4j_uri, endpoints.neo4j_user, endpoints.neo4j_password) as graph:
        ensure(graph, schema.load())
        if file.exists():
            token = file.read_text().strip()
        else:
            token = new_token()
            file.touch(mode=0o600)
            file.write_text(token + "\n")
        store_token(graph, queries.load(), "admin", "admin", token)
    return token


def post(url: str, token: str, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Send one GraphQL document; raises PolygraphError when no answer comes."""
    try:
        answer = httpx.post(
            f"{url}/graphql",
            json={"query": document, "variables": dict(variables or {})},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60.0,
        )
        body = answer.json()
    except httpx.HTTPError as error:
        raise PolygraphError(f"the API at {url} does not answer ({error}); start it with `polygraph serve`") from error
    except ValueError as error:
        raise PolygraphError(f"the API at {url} answered {answer.status_code} and no JSON") from error
    if not isinstance(body, dict):
        raise PolygraphError(f"the API at {url} answered {answer.status_code} and no GraphQL")
    return body


Say = Callable[[str], None]
