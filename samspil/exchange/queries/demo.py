"""How to sign in to the demo."""

from pathlib import Path

from django.conf import settings

from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation

SHOWN = "mette@nordlys.example"
"""The colleague whom a stranger is: an administrator of the demo who sees everything."""


def password_file() -> Path:
    """Where the demo's password lies: beside everything else that is kept, readable by its owner only."""
    return Path(settings.SAMSPIL_BLOBS).parent / "demo_password"


def demo_sign_in() -> tuple[str, str] | None:
    """(address, password) of a colleague of the demo; None when this is no demo, or its password was thrown away."""
    here = organisation()
    path = password_file()
    if here is None or not here.demo or not path.exists():
        return None
    if not Colleague.objects.filter(email=SHOWN, is_active=True).exists():
        return None
    return SHOWN, path.read_text(encoding="utf-8").strip()
