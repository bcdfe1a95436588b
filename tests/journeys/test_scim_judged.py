"""SCIM, judged from outside: scim2-tester's checks, and what Entra ID and Okta send."""

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from samspil.base.clock import now
from samspil.provision.actions.tokens import make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_session():
    """A request through WSGI would end the test's own transaction, as Django's test client knows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("groups", ["units", "competences"])
def test_every_check_of_the_tester_passes(mette, groups, one_session):
    _row, secret = make_token(name="Tester", groups=groups, roles=False, by=mette, at=now())
    client = WSGISCIMClient(
        get_wsgi_application(), base_url="http://localhost/scim/v2", environ={"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    )
    results = check_server(client)
    wrong = [(r.title, r.reason, str(r.data)[:300]) for r in results if r.status not in {Status.SUCCESS, Status.SKIPPED}]
    assert wrong == [], "\n".join(map(str, wrong))
    assert len(results) > 30
