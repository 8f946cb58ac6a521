"""The cookies a browser keeps for us: out of reach for scripts, other hosts and, with TLS, plain connections."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Cookie:
    name: str
    seconds: int
    """How long the browser keeps it."""
    secure: bool

    @classmethod
    def of(cls, settings: Settings, name: str, seconds: int) -> "Cookie":
        """With TLS its name has the prefix that makes browsers refuse it from a neighbouring host."""
        secure = settings.issuer.startswith("https://")
        return cls(f"__Host-{name}" if secure else name, seconds, secure)

    def read(self, request: Request) -> str:
        """Its value; "" when the browser has none."""
        return request.cookies.get(self.name, "")

    def give(self, response: Response, value: str) -> None:
        response.set_cookie(
            self.name, value, max_age=self.seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def take_back(self, response: Response) -> None:
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")
