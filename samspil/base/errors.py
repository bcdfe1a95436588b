"""Errors that a colleague may see. Each has a stable ``code``; the message is a sentence for a person."""


class SamspilError(Exception):
    """Base of what an action may refuse. ``code`` is stable and part of the API; ``str(error)`` is for people."""

    code = "samspil.error"


class NotFound(SamspilError):
    """There is no such thing, or this colleague may not know of it."""

    code = "samspil.not_found"


class NotAllowed(SamspilError):
    """The colleague's role does not permit it."""

    code = "samspil.not_allowed"
