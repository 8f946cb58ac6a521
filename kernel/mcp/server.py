"""MCPServer with the three things every context needs: tools by scope, errors a model can act on, strict arguments."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal, TypeVar, cast

from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, RequestHandler
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import (
    ResourceError,
    ResourceNotFoundError,
    ToolError,
    UnexpectedResourceError,
    UnexpectedToolError,
)
from mcp.server.request_state import RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolResult,
    Completion,
    CompletionArgument,
    GetPromptResult,
    InputRequiredResult,
    Tool,
    ToolAnnotations,
)
from pydantic import AnyUrl, BaseModel

from kernel.auth import Principal, Scope
from kernel.auth.principal import InsufficientScope
from kernel.errors import InvalidInput, NotFound, PromptSalesError
from kernel.mcp.advice import advice, of_the_tree
from kernel.mcp.identity import StdioIdentity, bearer_principal
from kernel.mcp.tasks import Tasks

Effect = Literal["read", "write", "gated"]
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])
CallableT = TypeVar("CallableT", bound=Callable[..., Any])
Completer = Callable[[Principal, str], Awaitable[Sequence[str]]]
"""Given who asks and what they typed: the values that fit, best first."""
Rendering = Callable[[str], ReadResourceContents]
"""Given a resource's content: the same in another form."""
Answer = CallToolResult | InputRequiredResult
AroundGated = Callable[[Context[Any, Any], Callable[[], Awaitable[Answer]]], Awaitable[Answer]]
"""Given the call of a gated tool, and the way to make it: what the client is answered."""

_MOST_COMPLETIONS = 100

_ANNOTATIONS: dict[Effect, ToolAnnotations] = {
    "read": ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False),
    "write": ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
    ),
    "gated": ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True),
}


class UnknownArgument(InvalidInput):
    """An argument the tool does not have; the SDK alone would drop it silently."""


class ContextServer(MCPServer[Any]):
    """A context's MCP server. Register tools with `expose`; ask `caller()` who calls, inside a tool.

    Resources may raise errors of the tree: NotFound and the rest become the protocol's own.
    """

    def __init__(
        self,
        name: str,
        *,
        instructions: str,
        version: str,
        state_key: bytes,
        extensions: Sequence[Extension] = (),
        shown_by: str | None = None,
    ) -> None:
        """`shown_by` is the URI of the MCP App that shows what gated tools answer."""
        super().__init__(
            f"promptsales-{name}",
            instructions=instructions,
            version=version,
            request_state_security=RequestStateSecurity(keys=[state_key]),
            cache_hints={"tools/list": CacheHint(ttl_ms=60_000, scope="private")},
            subscriptions=False,  # what is listed never changes while a server runs: nothing to announce
            log_level="WARNING",
            extensions=extensions,
            middleware=[_announce_no_lists],
        )
        self._shown_by = shown_by
        self._scopes: dict[str, tuple[Scope, ...]] = {}
        self._resource_scopes: dict[str, Scope] = {}
        self._method_scopes: dict[str, tuple[Scope, ...]] = {}
        self._renderings: dict[str, Rendering] = {}
        self._completers: dict[str, tuple[Scope, Completer]] = {}
        self.gated: set[str] = set()
        """The names of gated tools."""
        self.around_gated: AroundGated | None = None
        self.tasks: Tasks | None = None
        self.completion()(self._complete)
        self.stdio: StdioIdentity | None = None

    def expose(
        self, *scopes: Scope, effect: Effect, title: str, idempotent: bool | None = None, shown: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register an async function as a tool that needs all of `scopes`. Its docstring is what models read.

        Gated tools, and those `shown`, answer with an outcome that the server's app can show.
        """
        annotations = _ANNOTATIONS[effect].model_copy(update={"title": title})
        if idempotent is not None:
            annotations = annotations.model_copy(update={"idempotent_hint": idempotent})
        needed: tuple[Scope, ...] = (*scopes, "actions:propose") if effect == "gated" else scopes
        meta = self._app_meta(effect) if shown or effect == "gated" else None

        def register(handler: Handler) -> Handler:
            described = inspect.getdoc(handler)
            self.add_tool(handler, title=title, description=described, annotations=annotations, meta=meta)
            self._scopes[handler.__name__] = needed
            if effect == "gated":
                self.gated.add(handler.__name__)
            return handler

        return register

    def _app_meta(self, effect: Effect) -> dict[str, Any] | None:
        """Which app shows the tool's answer; an app may look again, and may not propose."""
        callers = ["model"] if effect == "gated" else ["model", "app"]
        return {"ui": {"resourceUri": self._shown_by, "visibility": callers}} if self._shown_by else None

    def resource(
        self, uri: str, *, scope: Scope | None = None, also: Rendering | None = None, **described: Any
    ) -> Callable[[CallableT], CallableT]:
        """Register a function as a resource, or as a template of resources, that takes `scope` to be read.

        With `also`, its readers get a second form of it beside the first.
        """
        start = uri.partition("{")[0]
        if scope is not None:
            self._resource_scopes[start] = scope
        if also is not None:
            self._renderings[start] = also
        return super().resource(uri, **described)

    def serve(self, method: str, params: type[BaseModel], handler: RequestHandler) -> None:
        """Answer a method of the protocol that the SDK's server leaves to a handler of one's own."""
        self._lowlevel_server.add_request_handler(method, params, handler)

    def require(self, method: str, *scopes: Scope) -> None:
        """Let a method be called only with all of `scopes`."""
        self._method_scopes[method] = scopes

    def completes(self, argument: str, scope: Scope) -> Callable[[Completer], Completer]:
        """Register how an argument of prompts and resource templates is completed, for callers with `scope`."""

        def register(completer: Completer) -> Completer:
            self._completers[argument] = (scope, completer)
            return completer

        return register

    async def caller(self) -> Principal:
        """The verified principal who calls. Raises InvalidToken without one."""
        return await self.stdio.principal() if self.stdio else bearer_principal()

    def scopes_of(self, tool: str) -> tuple[Scope, ...]:
        """What a token needs to be shown and to call a tool."""
        return self._scopes[tool]

    def needs(self, method: str, name: str) -> tuple[Scope, ...]:
        """What a token needs for a request, about a tool or a resource; nothing for what does not exist."""
        if method == "tools/call":
            return self._scopes.get(name, ())
        if method == "resources/read":
            return tuple(scope for start, scope in self._resource_scopes.items() if name.startswith(start))
        return self._method_scopes.get(method, ())

    async def list_tools(self) -> list[Tool]:
        """The tools the caller's token can call."""
        caller = await self.caller()
        return [tool for tool in await super().list_tools() if caller.scopes.issuperset(self._scopes[tool.name])]

    async def all_tools(self) -> list[Tool]:
        """Every tool, whoever asks: what the contract snapshot holds."""
        return await super().list_tools()

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None) -> Answer:
        """Call a tool for the caller. Errors of the tree become text that says failed or retry, and the fix."""
        try:
            caller = await self.caller()
            _require(caller, self.needs("tools/call", name))
            self._refuse_unknown_arguments(name, arguments)
            call = partial(super().call_tool, name, arguments, context)
            if self.around_gated is not None and context is not None and name in self.gated:
                return await self.around_gated(context, call)
            return await call()
        except PromptSalesError as error:
            raise ToolError(advice(error)) from error
        except UnexpectedToolError as error:
            cause = of_the_tree(error)
            if cause is None:
                raise
            raise ToolError(advice(cause)) from cause

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        """Read a resource for the caller. Errors of the tree keep their text; the SDK alone would hide it."""
        try:
            if needed := self.needs("resources/read", str(uri)):
                _require(await self.caller(), needed)
            return self._rendered(str(uri), await super().read_resource(uri, context))
        except PromptSalesError as error:
            raise ResourceError(advice(error)) from error
        except UnexpectedResourceError as error:
            cause = of_the_tree(error)
            if cause is None:
                raise
            kind = ResourceNotFoundError if isinstance(cause, NotFound) else ResourceError
            raise kind(advice(cause)) from cause

    def _rendered(
        self, uri: str, read: Iterable[ReadResourceContents] | InputRequiredResult
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        if isinstance(read, InputRequiredResult):
            return read
        contents = list(read)
        others = [render for start, render in self._renderings.items() if uri.startswith(start)]
        return [*contents, *(render(str(one.content)) for render in others for one in contents)]

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Render a prompt. What the client got wrong is said to be so; the SDK alone calls it an internal error."""
        prompt = next((prompt for prompt in await self.list_prompts() if prompt.name == name), None)
        if prompt is None:
            raise MCPError(INVALID_PARAMS, f"There is no prompt {name!r}.")
        known = {argument.name: bool(argument.required) for argument in prompt.arguments or ()}
        given = set(arguments or {})
        if unknown := sorted(given - set(known)):
            raise MCPError(INVALID_PARAMS, f"{name} has no argument {unknown[0]!r}. It takes: {', '.join(known)}.")
        if missing := [argument for argument, required in known.items() if required and argument not in given]:
            raise MCPError(INVALID_PARAMS, f"{name} needs the argument {missing[0]!r}.")
        return await super().get_prompt(name, arguments, context)

    async def _complete(self, _reference: object, argument: CompletionArgument, _context: object) -> Completion:
        caller = await self.caller()
        scope, completer = self._completers.get(argument.name, (None, None))
        if completer is None or scope not in caller.scopes:
            return Completion(values=[])
        found = await completer(caller, argument.value)
        return Completion(values=list(found[:_MOST_COMPLETIONS]), has_more=len(found) > _MOST_COMPLETIONS)

    def _refuse_unknown_arguments(self, name: str, arguments: dict[str, Any]) -> None:
        schema = self._tool_input_schema(name)
        known: dict[str, Any] = schema.get("properties", {}) if schema else {}
        if schema and (unknown := sorted(set(arguments) - set(known))):
            raise UnknownArgument(
                f"{name} has no argument {unknown[0]!r}.", field=unknown[0], fix=f"It takes: {', '.join(known)}."
            )


def _require(caller: Principal, scopes: tuple[Scope, ...]) -> None:
    if not caller.scopes.issuperset(scopes):
        raise InsufficientScope(*scopes)


async def _announce_no_lists(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """What is listed never changes while a server runs, also where the SDK infers otherwise from a subscription."""
    result = await call_next(ctx)
    if ctx.method == "server/discover" and isinstance(result, dict):
        capabilities: dict[str, Any] = result.get("capabilities", {})
        for kind in ("tools", "prompts", "resources"):
            if capability := cast("dict[str, Any] | None", capabilities.get(kind)):
                capability["listChanged"] = False
    return result
