"""What a client is told of an error: whether to retry, what it is called, what to do."""

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from kernel.errors import InvalidInput, NotFound, PromptSalesError, Unavailable


def advice(error: PromptSalesError) -> str:
    """One line that a model can act on."""
    verdict = "retry" if isinstance(error, Unavailable) else "failed"
    where = f" [{error.field}]" if error.field else ""
    return f"{verdict}: {error.code}{where}: {error}"


def of_the_tree(error: BaseException | None) -> PromptSalesError | None:
    """The error of the tree behind what the SDK raised, if that is what it was."""
    while error is not None and not isinstance(error, PromptSalesError):
        error = error.__cause__
    return error


def protocol_error(error: PromptSalesError) -> MCPError:
    """The JSON-RPC error of methods that have no result to put an error into."""
    if isinstance(error, NotFound | InvalidInput):
        return MCPError(INVALID_PARAMS, advice(error))
    return MCPError(INTERNAL_ERROR if isinstance(error, Unavailable) else INVALID_REQUEST, advice(error))
