"""Who fills which port: what an early stage wants of a later one, in one place."""

from samspil.conversation.queries.openness import has_open
from samspil.elsewhere import ports as elsewhere
from samspil.identity import ports as identity
from samspil.project.doctor import check_account, diagnose
from samspil.project.settings import settings
from samspil.project.setup_code import setup_code
from samspil.pulse import ports as pulse
from samspil.pulse.queries import verdicts
from samspil.routing import ports as routing
from samspil.screens.setup import ports as setup
from samspil.screens.widget import ports as widget


def fill() -> None:
    """Fill every port; called once when all packages are loaded."""
    setup.fill(
        setup.Offered(
            diagnose=diagnose,
            check_account=check_account,
            setup_code=setup_code,
            live_address=lambda host: settings().live_address(host),
            public_address=lambda: settings().public_url,
        )
    )
    elsewhere.fill(public_address=lambda: settings().public_url)
    pulse.fill(public_address=lambda: settings().public_url if settings().secure else "")
    routing.fill(verdicts=verdicts)
    identity.fill(has_open=has_open)
    widget.fill(live_address=lambda host: settings().live_address(host))
