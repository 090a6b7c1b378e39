"""What one request may cost, and the check before it costs anything.

A document is weighed as written, before validation and before any statement runs: depth, aliases, and
rows times fields as far as they can be told from page sizes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_operation_ast,
    is_list_type,
    is_non_null_type,
)
from graphql.language import Visitor, visit
from strawberry.extensions import SchemaExtension

from app.api.errors import ApiError, Code


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request; each error names the one that was met."""

    depth: int = 15
    """Most fields below each other."""
    complexity: int = 50_000
    """Most fields in an answer, estimated: rows times fields."""
    aliases: int = 30
    """Most renamed fields in a document."""
    tokens: int = 2_000
    """Most words and signs in a document."""
    page: int = 200
    """Most rows in a page."""
    default_page: int = 20
    """Rows in a page where `first` is not given."""
    body_bytes: int = 262_144
    """Most bytes in the body of a request."""
    message_bytes: int = 262_144
    """Most bytes in a WebSocket message; the server that runs the app must be told (`ws_max_size`)."""
    bulk: int = 500
    """Most alerts in one `updateAlerts`."""
    text: int = 4_096
    """Most characters in a text that is stored."""
    statement_seconds: float = 10.0
    """Longest that one statement may run."""
    request_seconds: float = 30.0
    """Longest that a request may take, all its statements together."""
    operations: int = 20
    """Most operations at a time on one WebSocket."""
    backlog: int = 1_000
    """Changes that a slow subscriber may be behind before it is told to read the list again."""
    connect_seconds: float = 10.0
    """Longest that a WebSocket may wait before it says who it is."""


_LIST = 5
"""Rows that a list without a page size is taken to have."""
_LONG_LISTS = {("IntrusionGraph", "nodes"): 50, ("IntrusionGraph", "edges"): 50, ("Query", "rules"): 50}


class Bounds(SchemaExtension):
    """Refuse a document that asks for too much."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def on_operation(self) -> Iterator[None]:
        """Bound the parser."""
        self.execution_context.parse_options["max_tokens"] = self._limits.tokens
        yield

    def on_validate(self) -> Iterator[None]:
        """Weigh the document before it is validated: validation itself grows with it."""
        context = self.execution_context
        if context.graphql_document is not None and context.pre_execution_errors is None:
            try:
                self._weigh(context.graphql_document, context.operation_name, context.variables or {})
            except ApiError as error:
                context.pre_execution_errors = [error]
        yield

    def _weigh(self, document: DocumentNode, operation: str | None, variables: Mapping[str, Any]) -> None:
        limits = self._limits
        aliases = _aliases(document)
        if aliases > limits.aliases:
            raise _too_much("aliases", aliases, limits.aliases, "send several requests")
        chosen = get_operation_ast(document, operation)
        if chosen is None:
            return
        cost, depth = _Scale(self.execution_context.schema._schema, document, variables, limits).weigh(chosen)
        if depth > limits.depth:
            raise _too_much("levels", depth, limits.depth, "nest less, and follow ids in a second request")
        if cost > limits.complexity:
            raise _too_much("fields times rows", cost, limits.complexity, "ask for smaller pages or fewer fields")


def _too_much(what: str, has: int, limit: int, way_out: str) -> ApiError:
    return ApiError(Code.LIMIT_EXCEEDED, f"the document asks for {has} {what}, the limit is {limit}: {way_out}")


def _aliases(document: DocumentNode) -> int:
    class Count(Visitor):
        found = 0

        def enter_field(self, node: FieldNode, *_: object) -> None:
            self.found += node.alias is not None

    count = Count()
    visit(document, count)
    return count.found


Weight = tuple[int, int]
"""Cost and depth."""


@dataclass(slots=True)
class _Scale:
    core: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    limits: Limits
    defaults: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Weight] = field(default_factory=dict)
    """Weights of fragments: each is weighed once, however often it is spread."""

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        for variable in operation.variable_definitions or ():
            if isinstance(variable.default_value, IntValueNode):
                self.defaults[variable.variable.name.value] = int(variable.default_value.value)
        root = self.core.get_root_type(operation.operation)
        return self._selections(operation.selection_set, root)

    def _selections(self, selections: SelectionSetNode, parent: GraphQLType | None) -> Weight:
        cost = depth = 0
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    one = self._field(selection, parent)
                case FragmentSpreadNode():
                    one = self._fragment(selection.name.value)
                case _:
                    inline: Any = selection
                    on = inline.type_condition
                    one = self._selections(inline.selection_set, self.core.get_type(on.name.value) if on else parent)
            cost += one[0]
            depth = max(depth, one[1])
        return cost, depth

    def _fragment(self, name: str) -> Weight:
        if name not in self.known:
            self.known[name] = (0, 0)  # a fragment within itself weighs nothing here: validation refuses it
            for definition in self.document.definitions:
                if isinstance(definition, FragmentDefinitionNode) and definition.name.value == name:
                    on = self.core.get_type(definition.type_condition.name.value)
                    self.known[name] = self._selections(definition.selection_set, on)
                    break
        return self.known[name]

    def _field(self, node: FieldNode, parent: GraphQLType | None) -> Weight:
        name = node.name.value
        if name.startswith("__"):
            # Introspection is on in development only, and costs no statement.
            return 0, 0
        declared = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        if node.selection_set is None:
            return 1, 1
        below = self._selections(node.selection_set, get_named_type(declared.type) if declared else None)
        return 1 + self._rows(node, declared, parent) * below[0], 1 + below[1]

    def _rows(self, node: FieldNode, declared: GraphQLField | None, parent: GraphQLType | None) -> int:
        if declared is None:
            return 1
        if "first" in declared.args:
            return self._first(node)
        type_ = declared.type.of_type if is_non_null_type(declared.type) else declared.type
        on = str(parent)
        if not is_list_type(type_) or on.endswith("Connection"):
            return 1
        return _LONG_LISTS.get((on, node.name.value), _LIST)

    def _first(self, node: FieldNode) -> int:
        value: Any = None
        for argument in node.arguments or ():
            if argument.name.value == "first":
                match argument.value:
                    case IntValueNode() as written:
                        value = int(written.value)
                    case VariableNode() as variable:
                        value = self.variables.get(variable.name.value, self.defaults.get(variable.name.value))
        if isinstance(value, int) and value > 0:
            return min(value, self.limits.page)
        return self.limits.default_page
