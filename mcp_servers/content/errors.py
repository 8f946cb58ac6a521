"""Facts of the content context.

InvalidInput: UnsupportedFormat, UnknownCountry, HiddenCharacters, InvalidCursor, PlatformNotNamed, NothingToChange
NotFound: AssetNotFound, VersionNotFound
Conflict: IdempotencyKeyReused, VersionOutdated, AlreadyPublished, TextTooLong, RightsExpired, RightsDoNotCover,
          PublisherRefused
Unavailable: UnusableCopy, PublisherUnavailable
"""

from kernel.errors import Conflict, InvalidInput, NotFound, Unavailable


class UnsupportedFormat(InvalidInput):
    """The platform has no such channel."""


class UnknownCountry(InvalidInput):
    """A country that is neither an English or Spanish name nor an ISO 3166-1 code."""


class HiddenCharacters(InvalidInput):
    """Text with control or direction-changing characters, which can show a reviewer something else than is there."""


class InvalidCursor(InvalidInput):
    """A cursor that no page returned."""


class PlatformNotNamed(InvalidInput):
    """Neither the request nor the asset says where to publish."""


class NothingToChange(InvalidInput):
    """A new version that names no text."""


class AssetNotFound(NotFound):
    """The tenant has no such asset."""


class VersionNotFound(NotFound):
    """The asset has no such version."""


class IdempotencyKeyReused(Conflict):
    """An idempotency key came back with another asset."""


class VersionOutdated(Conflict):
    """The version that was edited is no longer the latest."""


class AlreadyPublished(Conflict):
    """This version is live at this destination."""


class TextTooLong(Conflict):
    """The version has more text than the destination accepts."""


class RightsExpired(Conflict):
    """The licence has run out."""


class RightsDoNotCover(Conflict):
    """The licence does not cover the country."""


class PublisherRefused(Conflict):
    """The publisher definitely did not take the post."""


class PublisherUnavailable(Unavailable):
    """The publisher gave no clear answer."""


class UnusableCopy(Unavailable):
    """The language model's copy broke the format's rules, and so did its correction."""
