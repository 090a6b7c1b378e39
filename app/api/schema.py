"""The GraphQL schema: types, limits and masks put together; descriptions taken from the graph schema.

What a property means is said once, in `graph_schema/nodes`; it is filled in here, where a type shows a
label and says nothing else.
"""

from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
)
from strawberry.extensions import AddValidationRules, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.execution import StreamExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.str_converters import to_snake_case

from app.api.alerts import Comment, Observation
from app.api.context import Context
from app.api.entities import Entity, property_of
from app.api.errors import Code, Mask, bad_input
from app.api.limits import Bounds, Limits
from app.api.mutation import Mutation
from app.api.query import Query
from app.api.scalars import SCALARS
from app.api.subscription import Subscription
from app.schema import Schema

_ALSO_NAMED = {("Alert", "is_composite"): "composite", ("Alert", "is_summary"): "summary"}
_IN_MILLISECONDS = (", epoch milliseconds UTC", ", wall clock", ", epoch milliseconds")


class Api(strawberry.Schema):
    """Strawberry's schema, quiet: `Mask` logs what must be logged."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here."""


class Operation(SchemaExtension):
    """Begin each operation afresh, and count how it ended."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Renew the context; a WebSocket's serves one operation after the other."""
        context: Context = self.execution_context.context
        context.renew()
        begun = perf_counter()
        self._streamed = False
        yield
        if not self._streamed:
            errors = getattr(self.execution_context.result, "errors", None)
            self._count(errors or self.execution_context.pre_execution_errors, perf_counter() - begun)

    def on_validate(self) -> Iterator[None]:
        """Refuse a subscription where there is nothing to send its events over."""
        operation, context = self.execution_context, self.execution_context.context
        over_http = context.request is not None and context.request.scope["type"] == "http"
        if over_http and operation.graphql_document and operation.operation_type is OperationType.SUBSCRIPTION:
            text = "subscriptions go over a WebSocket: connect to /graphql with the protocol graphql-transport-ws"
            operation.pre_execution_errors = [bad_input(text)]
        yield

    async def on_stream_result(self, result: StreamExecutionResult) -> AsyncIterator[None]:
        """Count an answer of a stream."""
        begun = perf_counter()
        self._streamed = True
        yield
        self._count(getattr(result, "errors", None), perf_counter() - begun)

    def _count(self, errors: list[GraphQLError] | None, seconds: float) -> None:
        context: Context = self.execution_context.context
        status = "OK"
        if errors:
            status = str((errors[0].extensions or {}).get("code", Code.INTERNAL.value))
        context.shared.metrics.request(self.execution_context.operation_name, status, seconds)


def graphql_schema(declared: Schema, limits: Limits, *, development: bool) -> Api:
    """Return the schema; introspection and hints at names are for development alone."""
    extensions: list[Any] = [Operation, Mask, lambda: Bounds(limits)]
    if not development:
        extensions.append(lambda: AddValidationRules([NoSchemaIntrospectionCustomRule]))
    api = Api(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*Entity.__subclasses__(), Comment, Observation],
        extensions=extensions,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not development),
    )
    described(api._schema, declared)
    return api


def described(core: GraphQLSchema, declared: Schema) -> None:
    """Fill in what the graph schema says of labels and properties, where a type says nothing itself."""
    for name, type_ in core.type_map.items():
        node = declared.nodes.get(name)
        if node is None or not isinstance(type_, GraphQLObjectType):
            continue
        type_.description = type_.description or node.meaning
        for field, shown in type_.fields.items():
            python = to_snake_case(field)
            prop = node.properties.get(_ALSO_NAMED.get((name, python)) or property_of(name, python))
            if shown.description is None and prop is not None:
                shown.description = _plain(prop.meaning)


def undescribed(core: GraphQLSchema) -> list[str]:
    """Return every type, field, argument and value that says nothing of itself."""
    silent: list[str] = []
    for name, type_ in core.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        if not type_.description:
            silent.append(name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, shown in type_.fields.items():
                silent += [f"{name}.{field}"] if not shown.description else []
                silent += [f"{name}.{field}({arg})" for arg, one in shown.args.items() if not one.description]
        elif isinstance(type_, GraphQLInputObjectType):
            silent += [f"{name}.{field}" for field, one in type_.fields.items() if not one.description]
        elif isinstance(type_, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, one in type_.values.items() if not one.description]
    return silent


def _plain(meaning: str) -> str:
    """Return a property's meaning without the unit that only the graph has."""
    for words in _IN_MILLISECONDS:
        meaning = meaning.replace(words, "")
    return meaning
