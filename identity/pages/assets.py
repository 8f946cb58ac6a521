"""The stylesheet and the mark, under names that change with their content, so that browsers keep them for good."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "assets"
_TYPES: Mapping[str, str] = {"style.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Assets:
    """Files of the pages: `paths` by the name they have in the source."""

    def __init__(self) -> None:
        self._content: dict[str, tuple[bytes, str]] = {}
        self.paths: dict[str, str] = {}
        for name, media_type in _TYPES.items():
            content = (_FOLDER / name).read_bytes()
            stem, _, suffix = name.partition(".")
            served = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
            self._content[served] = (content, media_type)
            self.paths[name] = f"/assets/{served}"

    def routes(self) -> APIRouter:
        router = APIRouter()

        @router.get("/assets/{name}")
        async def asset(name: str) -> Response:
            found = self._content.get(name)
            if found is None:
                return Response(status_code=404, headers={"Cache-Control": "no-store"})
            content, media_type = found
            return Response(content, media_type=media_type, headers=_HEADERS)

        return router
