"""Everything that can be set, read once from the environment (``SAMSPIL_...``). Importable without Django.

``docs/reference/settings.md`` is made from this model by ``samspil docs settings``: a field is documented by its description.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from samspil.project.keep import kept_secret


class WrongSetting(Exception):
    """A setting cannot be used; the message names each, and never its value: that may be a password."""


class Settings(BaseSettings):
    """The settings of one installation. Read them through :func:`settings`, which also fills in the secret key."""

    model_config = SettingsConfigDict(env_prefix="SAMSPIL_", extra="ignore", frozen=True, validate_default=True)

    data_dir: Path = Field(
        default_factory=lambda: Path.cwd() / ".samspil",
        description="Folder of everything that is kept: the embedded database, attachments, the secret key.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="PostgreSQL server to use, as postgresql://user:password@host/name; without it the embedded one.",
    )
    database_connections: int = Field(
        default=100, ge=20, le=5000, description="Connections that the embedded PostgreSQL accepts."
    )
    database_buffers_mb: int = Field(default=128, ge=16, description="Shared buffers of the embedded PostgreSQL, in megabytes.")
    database_fsync: bool = Field(
        default=True,
        description="Whether the embedded PostgreSQL waits for the disk; off only for tests, for a crash then loses data.",
    )
    database_start_seconds: int = Field(
        default=600, ge=5, description="How long the embedded PostgreSQL may take to recover and start."
    )
    database_user: str | None = Field(
        default=None,
        description="System user that the embedded PostgreSQL runs as when Samspil is started by root; without it one is found.",
    )
    secret_key: str = Field(
        default="",
        repr=False,
        description="Key that signs sessions and seals secrets; made once in data_dir/secret_key when not given.",
    )
    host: str = Field(default="127.0.0.1", description="Address on which web and live listen.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port of the pages, the API and the administration.")
    live_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the live process (events, webhooks, chat); 0 is port + 1."
    )
    live_url: str | None = Field(
        default=None, description="Address of the live process as browsers see it; without it the page's own host at live_port."
    )
    public_url: str = Field(
        default="", description="Address of Samspil as consumers and colleagues see it; empty is http://localhost:port."
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Further host names that Samspil answers to, with commas between; * is any."
    )
    trust_proxy: bool = Field(
        default=False, description="Whether X-Forwarded-Proto and X-Forwarded-For come from a proxy of yours and are true."
    )
    debug: bool = Field(default=False, description="Show errors in full in the browser; never where others can reach it.")
    language: Literal["da", "en"] = Field(default="da", description="Language of those who have not chosen one: da or en.")
    time_zone: str = Field(default="Europe/Copenhagen", description="Time zone in which times are shown.")
    max_mail_bytes: int = Field(
        default=50_000_000, ge=1000, description="Largest mail that is taken in, in bytes; a larger one is refused."
    )
    web_processes: int = Field(default=1, ge=1, le=64, description="Processes that serve pages.")
    web_threads: int = Field(default=4, ge=1, le=64, description="Threads of each process that serves pages.")
    matching_engine: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description="What compares the whole base of handles: duckdb on this machine, or spark (the extra samspil[spark], Java 17).",
    )
    spark_master: str = Field(
        default="", description="Where Spark is, as spark://host:7077; empty is two workers of one core on this machine."
    )
    worker_processes: int = Field(default=1, ge=1, le=64, description="Processes that understand messages and run jobs.")
    stop_seconds: float = Field(default=8, ge=1, description="How long a process may take to stop before it is killed.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least weight of what is logged.")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url", "live_url", "database_user", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("database_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value:
            from psycopg import ProgrammingError
            from psycopg.conninfo import conninfo_to_dict

            try:
                conninfo_to_dict(value)
            except ProgrammingError:
                raise ValueError("is no address of a database, as postgresql://user:password@host/name") from None
        return value

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, values: dict[str, object]) -> dict[str, object]:
        port, live_port = str(values.get("port") or 8000), str(values.get("live_port") or 0)
        if not (port.isdecimal() and live_port.isdecimal()):
            return values  # the fields' own checks say what is wrong
        if not int(live_port):
            values["live_port"] = int(port) + 1
        values["public_url"] = str(values.get("public_url") or f"http://localhost:{port}").rstrip("/")
        return values

    @property
    def hosts(self) -> list[str]:
        """Every host name that Samspil answers to: those of this machine, of ``public_url`` and ``allowed_hosts``."""
        public = urlsplit(self.public_url).hostname or ""
        return list(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", self.host, public, *self.allowed_hosts]))

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by https, so that cookies are for https only."""
        return self.public_url.startswith("https://")

    def live_address(self, host: str) -> str:
        """The live process's address for a page that was asked for at ``host`` (a Host header, with or without a port)."""
        if self.live_url:
            return self.live_url.rstrip("/")
        name = urlsplit(f"//{host}").hostname or "localhost"
        return f"{'https' if self.secure else 'http'}://{f'[{name}]' if ':' in name else name}:{self.live_port}"

    def database_dsn(self) -> str:
        """The database's address for any client process, with its password: never log it."""
        if self.database_url:
            return self.database_url
        from samspil.project.database import Embedded

        return Embedded.of(self).dsn

    def database_parameters(self) -> dict[str, str]:
        """:meth:`database_dsn` in parts, by libpq's names: host, port, user, password, dbname, ..."""
        from psycopg.conninfo import conninfo_to_dict

        return {name: str(value) for name, value in conninfo_to_dict(self.database_dsn()).items() if value is not None}


@cache
def settings() -> Settings:
    """The settings of this process. The environment is read at the first call; tests call ``settings.cache_clear()``.

    Raises WrongSetting.
    """
    try:
        found = Settings()
    except ValidationError as error:
        raise WrongSetting("\n".join(_told(one["loc"], one["msg"]) for one in error.errors())) from None
    if found.secret_key:
        return found
    try:
        return found.model_copy(update={"secret_key": kept_secret(found.data_dir / "secret_key")})
    except OSError as error:
        raise WrongSetting(f"SAMSPIL_DATA_DIR: {found.data_dir} cannot be used: {error.strerror or error}") from error


def _told(where: tuple[int | str, ...], what: str) -> str:
    name = f"SAMSPIL_{where[0]}".upper() if where else "The settings"
    return f"{name}: {what.removeprefix('Value error, ')}"
