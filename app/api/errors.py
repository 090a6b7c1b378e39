"""What the API answers when it cannot answer: a code for programs and a sentence for people.

Whatever is not meant for the caller stays here, under a number that the log holds too: one log line a
request, however many rows went wrong.
"""

import secrets
from collections.abc import Iterator, Sequence
from enum import StrEnum
from traceback import format_tb

import structlog
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult
from strawberry.types.execution import StreamExecutionResult

from app.errors import GraphUnavailable, StreamUnavailable

MOST_ERRORS = 10
"""Errors of one answer that are told one by one; of the rest only the number."""


class Code(StrEnum):
    """`extensions.code` of an error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(GraphQLError):
    """An error whose text is for the caller and says what to do."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text, extensions={"code": code.value})


def bad_input(text: str) -> ApiError:
    """Return the error for an argument that makes no sense."""
    return ApiError(Code.BAD_USER_INPUT, text)


def body(code: Code, text: str) -> dict[str, object]:
    """Return an error as a GraphQL answer, for what fails before GraphQL is reached."""
    return {"data": None, "errors": [{"message": text, "extensions": {"code": code.value}}]}


class Mask(SchemaExtension):
    """Give every error its code, and hide the text of those that nobody meant to be read."""

    def on_operation(self) -> Iterator[None]:
        """Mask the errors of an answer that is not a stream."""
        self._streamed = False
        yield
        result = self.execution_context.result
        if isinstance(result, CoreResult | ExecutionResult) and not self._streamed:
            _mask(result, self.execution_context.operation_name)
        elif self.execution_context.pre_execution_errors and result is None:
            self.execution_context.pre_execution_errors[:] = masked(
                self.execution_context.pre_execution_errors, self.execution_context.operation_name
            )

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Mask the errors of one answer of a stream."""
        self._streamed = True
        if isinstance(result, CoreResult | ExecutionResult):
            _mask(result, self.execution_context.operation_name)
        yield


def _mask(result: CoreResult | ExecutionResult, operation: str | None) -> None:
    if result.errors:
        result.errors = masked(result.errors, operation)


def masked(errors: Sequence[GraphQLError], operation: str | None) -> list[GraphQLError]:
    """Return errors as the caller may see them; the unexpected ones are logged, once."""
    number = secrets.token_hex(6)
    shown: list[GraphQLError] = []
    hidden: list[BaseException] = []
    for error in errors:
        code, text, unexpected = _judged(error, number)
        if unexpected is not None:
            hidden.append(unexpected)
        if len(shown) < MOST_ERRORS:
            extensions: dict[str, object] = {"code": code.value}
            if unexpected is not None:
                extensions["correlation"] = number
            shown.append(GraphQLError(text, nodes=error.nodes, path=error.path, extensions=extensions))
    if len(errors) > MOST_ERRORS:
        more = f"and {len(errors) - MOST_ERRORS} errors more, which are not listed"
        shown.append(GraphQLError(more, extensions={"code": _code(shown[-1]).value}))
    if hidden:
        first = hidden[0]
        structlog.get_logger().error(
            "request failed",
            correlation=number,
            operation=operation,
            errors=len(hidden),
            error=f"{type(first).__name__}: {first}",
            # The last steps alone, and no values: those are whatever was in the graph or the request.
            trace="".join(format_tb(first.__traceback__)[-5:]),
        )
    return shown


def _judged(error: GraphQLError, number: str) -> tuple[Code, str, BaseException | None]:
    """Return code and text for the caller, and the cause where the caller must not see it."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    match cause or error:
        case GraphQLError() as said if "code" in (said.extensions or {}):
            return _code(said), said.message, None
        case GraphUnavailable():
            return Code.UNAVAILABLE, "the graph does not answer: try again in some seconds", None
        case StreamUnavailable():
            return Code.UNAVAILABLE, "the stream of changes does not answer: try again in some seconds", None
        case TimeoutError():
            return Code.TIMEOUT, "the answer took too long: ask for fewer rows, fewer fields or less time", None
        case RecursionError():
            return Code.LIMIT_EXCEEDED, "the document is nested too deeply: nest less", None
        case GraphQLSyntaxError() as said if "Parsing aborted" in said.message:
            return Code.LIMIT_EXCEEDED, f"{said.message} Send a shorter document, or several requests.", None
        case GraphQLError() as said if said.path is None or cause is None:
            # Of the language itself: syntax, unknown fields, values that a type refuses.
            return Code.BAD_USER_INPUT, said.message, None
        case unexpected:
            text = f"something went wrong here, not with your request; the log has it under {number}"
            return Code.INTERNAL, text, unexpected


def _code(error: GraphQLError) -> Code:
    try:
        return Code(str((error.extensions or {}).get("code")))
    except ValueError:
        return Code.INTERNAL
