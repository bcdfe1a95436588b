"""Brings the rivals: django-helpdesk from PyPI into an environment of its own, Request Tracker from Debian's packages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HELPDESK = ("django-helpdesk==2.6.1", "django>=5.2,<5.3", "psycopg[binary]>=3.2")
RT_PACKAGES = ("request-tracker5", "rt5-standalone", "rt5-db-postgresql", "postgresql-15")
RT_SETUP = Path("/usr/sbin/rt-setup-database-5")
# We make the database and the settings; the package's own questions are answered with no.
PRESEED = """\
request-tracker5 request-tracker5/dbconfig-install boolean false
request-tracker5 request-tracker5/install-cronjobs boolean false
request-tracker5 request-tracker5/handle-siteconfig-permissions boolean false
"""


def helpdesk(cache: Path) -> Path:
    """The Python of an environment that has django-helpdesk."""
    folder = cache / "helpdesk"
    python = folder / "bin/python"
    if not (folder / "installed").exists():
        uv = shutil.which("uv")
        assert uv, "uv is needed"
        subprocess.run(
            [uv, "venv", "-q", "--clear", "--python", f"{sys.version_info[0]}.{sys.version_info[1]}", folder], check=True
        )
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *HELPDESK], check=True)
        (folder / "installed").write_text("\n".join(HELPDESK))
    return python


def request_tracker() -> None:
    """The packages of Request Tracker 5 and PostgreSQL 15; needs root when they are absent."""
    if RT_SETUP.exists() and Path("/usr/lib/postgresql/15/bin/postgres").exists():
        return
    subprocess.run(["/usr/bin/debconf-set-selections"], input=PRESEED.encode(), check=True)
    words = ["/usr/bin/apt-get", "-o", "DPkg::Lock::Timeout=600", "install", "-y", "--no-install-recommends", *RT_PACKAGES]
    subprocess.run(words, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def rt_settings(folder: Path, socket: Path) -> dict[str, str]:
    """Write RT's settings into ``folder``; the environment that makes RT read them instead of those under /etc."""
    (folder / "empty").mkdir(parents=True, exist_ok=True)
    (folder / "RT_SiteConfig.pm").write_text(f"""\
Set($rtname, 'firma.example');
Set($Organization, 'firma.example');
Set($CorrespondAddress, 'service@firma.example');
Set($CommentAddress, 'comment@firma.example');
Set($DatabaseType, 'Pg');
Set($DatabaseHost, '{socket}');
Set($DatabaseName, 'rt5');
Set($DatabaseUser, 'rt_user');
Set($DatabasePassword, 'only-for-measuring');
Set($DatabaseAdmin, 'postgres');
Set($WebDomain, 'localhost');
Set($WebPort, 8);
Set($Timezone, 'Europe/Copenhagen');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($StatementLog, undef);
1;
""")
    return {"RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": str(folder / "empty")}
