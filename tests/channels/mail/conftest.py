"""Real mail servers for the tests of this folder."""

from tests.channels.mail.servers import mail_servers

__all__ = ["mail_servers"]
