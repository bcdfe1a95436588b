"""What a channel must remember of an account from one call to the next and no network keeps for it, such as keys of encryption."""

from collections.abc import Mapping
from typing import Protocol

LONGEST_NAME = 200
LARGEST_VALUE = 1 << 20


class Keeps(Protocol):
    """A drawer of values for one account, shared by all processes, encrypted at rest.

    The key is made of the account's and of the installation's secret. Names have 1 to LONGEST_NAME characters and are not encrypted; values
    have at most LARGEST_VALUE bytes. Each value has a version from 1, one more with each writing; one that is not there has version 0.
    :meth:`Channel.understand` does not use it: it is pure.
    """

    def read(self, *names: str) -> Mapping[str, tuple[bytes, int]]:
        """The values that are there, each with its version. Raises ValueError for a value that was tampered with."""
        ...

    def write(self, values: Mapping[str, tuple[bytes | None, int]]) -> bool:
        """Write each value in place of the version that was read (None: take it away). All of them and durably, or none and False.

        False: somebody else wrote one of them meanwhile. Raises ValueError for a name or a value that is too long.
        """
        ...
