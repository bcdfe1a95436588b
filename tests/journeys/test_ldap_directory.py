"""An LDAP directory, a real one (OpenLDAP's slapd): asked, encrypted, in pages; what it may not do, and clear words where it fails."""

import datetime as dt
import ipaddress
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague
from samspil.provision.actions.carry import carry_on
from samspil.provision.actions.ldap import NoAnswer, WrongSettings, keep_directory, look_in, nightly, try_directory
from samspil.provision.actions.runs import go
from samspil.provision.models import Directory, Run, RunRow
from samspil.provision.rules.ldap import PRESETS

SLAPD = shutil.which("slapd") or ("/usr/sbin/slapd" if Path("/usr/sbin/slapd").exists() else "")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.servers,
    pytest.mark.skipif(not SLAPD, reason="no slapd"),
]
BASE = "dc=firma,dc=example"
ADMIN, PASSWORD = f"cn=samspil,{BASE}", "hemmelig-nok"
CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.1.2.2.1 NAME 'adPerson' SUP top AUXILIARY MAY ( userAccountControl $ objectGUID ) )
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {here}/cert.pem
TLSCertificateKeyFile {here}/key.pem
sizelimit size.soft=600 size.hard=600 size.prtotal=unlimited
pidfile {here}/pid
database mdb
suffix "dc=firma,dc=example"
rootdn "cn=root,dc=firma,dc=example"
directory {here}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=samspil,dc=firma,dc=example" read by * none
"""


def _entry(place, name, *, ou="Salg", mail=None, control=512):
    return (
        f"dn: uid=p{place},ou={ou},{BASE}\nobjectClass: inetOrgPerson\nobjectClass: adPerson\nuid: p{place}\ncn: {name}\nsn: {name}\n"
        f"displayName: {name}\nmail: {mail or f'p{place}@firma.example'}\ntitle: Rådgiver\ndepartmentNumber: Salg\n"
        f"userAccountControl: {control}\n\n"
    )


def _ldif(people):
    tree = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Firma\ndc: firma\n\n"
    tree += f"dn: {ADMIN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: samspil\nuserPassword: {PASSWORD}\n\n"
    for path in (f"ou=Salg,{BASE}", f"ou=Værksted,{BASE}", f"ou=Elcykler,ou=Værksted,{BASE}"):
        tree += f"dn: {path}\nobjectClass: organizationalUnit\nou: {path.split(',')[0][3:]}\n\n"
    tree += _entry("søren", "Søren Ågård", ou="Elcykler,ou=Værksted", mail="soren@firma.example")
    tree += _entry("gone", "Gunnar Gået", mail="gunnar@firma.example", control=514)
    tree += f"dn: ou=andetsteds,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: andetsteds\nref: ldap://192.0.2.1/{BASE}\n\n"
    return tree + "".join(_entry(i, f"Person {i}") for i in range(people))


def _certificate(here):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "slapd")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    at = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(at - dt.timedelta(days=1))
    made = made.not_valid_after(at + dt.timedelta(days=2)).add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    (here / "cert.pem").write_bytes(pem)
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (here / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    return pem.decode()


def _free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def slapd(tmp_path_factory):
    here = tmp_path_factory.mktemp("slapd")
    (here / "data").mkdir()
    authority = _certificate(here)
    (here / "slapd.conf").write_text(CONF.format(here=here))
    (here / "people.ldif").write_text(_ldif(1200), encoding="utf-8")
    add = Path(SLAPD).with_name("slapadd")
    subprocess.run(
        [add, "-q", "-f", here / "slapd.conf", "-l", here / "people.ldif"], check=True, capture_output=True, timeout=60
    )
    plain, sealed = _free(), _free()
    server = subprocess.Popen(
        [SLAPD, "-d", "0", "-f", here / "slapd.conf", "-h", f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{sealed}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", sealed)) == 0:
                break
        time.sleep(0.1)
    yield {"plain": f"ldap://127.0.0.1:{plain}", "sealed": f"ldaps://127.0.0.1:{sealed}", "authority": authority}
    server.terminate()
    server.wait(timeout=20)


def settings(slapd, *, kind="sealed", **more):
    mapping = {**PRESETS["openldap"]["mapping"], "active": "userAccountControl"}
    return {
        "url": slapd[kind],
        "start_tls": False,
        "authority": slapd["authority"],
        "bind": ADMIN,
        "base": BASE,
        "filter": PRESETS["openldap"]["filter"],
        "preset": "openldap",
        "mapping": mapping,
        "unit_from": "ou",
        "missing": "close",
        "brake": 20,
        "nightly": True,
        **more,
    }


def kept(mette, slapd, *, password=PASSWORD, **more):
    return keep_directory(by=mette, password=password, **settings(slapd, **more))


@pytest.mark.parametrize(("kind", "start_tls"), [("sealed", False), ("plain", True), ("plain", False)])
def test_a_try_says_who_is_there(mette, slapd, kind, start_tls):
    heard = try_directory(row=kept(mette, slapd, kind=kind, start_tls=start_tls))
    assert (heard.number, heard.more) == (500, True)
    assert heard.first[0].title == "Rådgiver"
    assert not Run.objects.exists()


def test_all_pages_are_read_and_people_come_in_once(mette, slapd):
    kept(mette, slapd)
    run = look_in(by=mette, at=now())
    assert run.counts == {"create": 1201, "nothing": 1}
    go(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    assert Colleague.objects.filter(is_active=True).count() == 1202
    soren = Colleague.objects.get(email="soren@firma.example")
    assert (soren.title, soren.unit.name, soren.unit.parent.name) == ("Rådgiver", "Elcykler", "Værksted")
    assert look_in(by=mette, at=now()).counts == {"nothing": 1202}


def test_at_night_it_is_done_and_the_brake_waits_for_somebody(mette, slapd):
    kept(mette, slapd, filter="(|(uid=p1)(uid=p2)(uid=p3)(uid=p4))")
    carry_on(run=nightly(at=now()).pk)
    assert Colleague.objects.filter(is_active=True).count() == 5
    kept(mette, slapd, filter="(uid=p1)")
    run = nightly(at=now())
    assert (run.state, run.closing) == ("looked", 3)
    assert Directory.objects.get().error == "braked"
    assert Colleague.objects.filter(is_active=True).count() == 5
    kept(mette, slapd, filter="(uid=nobody)")
    assert nightly(at=now()) is None
    assert Directory.objects.get().error == "nobody_there"
    assert Colleague.objects.filter(is_active=True).count() == 5


def test_disabled_there_is_closed_here(mette, slapd):
    Colleague.objects.create_user("gunnar@firma.example", None, name="Gunnar Gået")
    kept(mette, slapd, filter="(uid=pgone)")
    run = look_in(by=mette, at=now())
    assert list(RunRow.objects.filter(run=run).values_list("outcome", flat=True)) == ["close"]
    go(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    assert not Colleague.objects.get(email="gunnar@firma.example").is_active


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"password": "forkert"}, "credentials"),
        ({"password": ""}, "credentials"),
        ({"base": "dc=andet,dc=example"}, "no_base"),
        ({"authority": ""}, "tls"),
        ({"url": "ldaps://127.0.0.1:9"}, "unreachable"),
        ({"url": "{sealed-under-another-name}"}, "tls"),
    ],
)
def test_what_fails_is_said_and_nothing_is_changed(mette, slapd, more, code):
    if "another-name" in str(more.get("url")):
        more = {"url": slapd["sealed"].replace("127.0.0.1", "localhost")}
    row = kept(mette, slapd, **more)
    with pytest.raises(NoAnswer) as said:
        try_directory(row=row)
    assert str(said.value) == code
    with pytest.raises(NoAnswer):
        look_in(by=mette, at=now())
    assert Directory.objects.get().error == code
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"url": "ldap://ldap.firma.example"}, "no_tls"),
        ({"url": "http://ldap.firma.example"}, "bad_url"),
        ({"filter": "(mail=*"}, "bad_filter"),
        ({"mapping": {"mail": "mail)(uid=*", "external": "entryUUID"}}, "bad_attribute"),
        ({"base": " "}, "no_base"),
    ],
)
def test_settings_that_cannot_be_are_refused_and_nothing_is_kept(mette, slapd, more, code):
    with pytest.raises(WrongSettings) as said:
        kept(mette, slapd, **more)
    assert str(said.value) == code
    assert not Directory.objects.exists()


def test_the_password_is_sealed_and_never_goes_to_another_server(mette, jonas, slapd):
    row = kept(mette, slapd)
    assert PASSWORD.encode() not in bytes(row.password)
    with pytest.raises(NotAllowed):
        keep_directory(by=jonas, password=None, **settings(slapd))
    again = keep_directory(by=mette, password=None, **settings(slapd))
    assert try_directory(row=again).number == 500
    moved = keep_directory(by=mette, password=None, **settings(slapd, url="ldaps://localhost:9"))
    with pytest.raises(NoAnswer) as said:
        try_directory(row=moved)
    assert str(said.value) == "credentials"
