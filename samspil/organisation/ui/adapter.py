"""How allauth behaves here: nobody signs up by themselves, and second factors are sealed at rest."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from samspil.base.seal import seal, unseal


class Closed(DefaultAccountAdapter):  # type: ignore[misc]
    """Colleagues are taken in by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's signature
        """Never."""
        return False


class Sealed(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticators and recovery codes are encrypted in the database."""

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return seal(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret."""
        return str(unseal(encrypted_text.encode()))
