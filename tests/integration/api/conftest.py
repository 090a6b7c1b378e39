"""The world and an API over it, once a module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.graph import Graph
from app.local import Endpoints
from app.queries import Queries
from app.schema import Schema

pytest.register_assert_rewrite("api_world")

from api_world import Api, World  # noqa: E402 - after it is registered


@pytest.fixture(scope="module")
def world(database: Graph, declared: Schema, asked: Queries) -> World:
    told = World(database, declared, asked)
    told.begin()
    return told


@pytest.fixture(scope="module")
def new_api(endpoints: Endpoints, declared: Schema, asked: Queries, world: World) -> Iterator[Callable[..., Api]]:
    """What builds an API over the world, with limits of its own."""
    built: list[Api] = []

    def made(**given: Any) -> Api:
        api = Api(endpoints, declared, asked, **given)
        built.append(api)
        return api

    yield made
    for api in built:
        api.close()


@pytest.fixture(scope="module")
def api(new_api: Callable[..., Api]) -> Api:
    return new_api()
