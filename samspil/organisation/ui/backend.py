"""Who is signed in comes with what they may do: the role is read in the same statement as the colleague."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from samspil.organisation.models import Colleague


class WithRole(AuthenticationBackend):  # type: ignore[misc]
    """Signs in by mail address as before; a page asks no statement more for a role of the organisation's own."""

    def get_user(self, user_id: Any) -> Colleague | None:
        """The colleague of a session, if they may still sign in."""
        found = Colleague.objects.select_related("custom_role").filter(pk=user_id).order_by().first()
        return found if found is not None and self.user_can_authenticate(found) else None
