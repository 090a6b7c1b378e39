"""Settings: everything that may be set from outside, once, with its meaning.

Read from the environment by the command line alone (`Settings.from_env`); every other module gets
values, never the environment.
"""

import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import ConfigError

PREFIX = "POLYGRAPH_"


class Settings(BaseSettings):
    """Each field is the environment variable `POLYGRAPH_` and its name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    neo4j_uri: str | None = Field(
        None, description="Bolt address of Neo4j, such as neo4j+s://graph:7687; the local stack's when unset."
    )
    neo4j_user: str = Field("neo4j", description="User name for Neo4j.")
    neo4j_password: SecretStr | None = Field(None, description="Password for Neo4j.")
    redis_url: str | None = Field(
        None,
        description="Redis address with password, such as rediss://:secret@stream:6379/0; else the local stack's.",
    )
    redis_prefix: str = Field(
        "polygraph",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="First part of every Redis key: one deployment, one prefix.",
    )
    home: Path | None = Field(None, description="Folder of the local stack's data, passwords and admin token.")
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that the API listens on; 0 takes a free one.")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port on which `polygraph work` shows its metrics; 0 shows none."
    )
    api_url: str | None = Field(None, description="Where the command line finds the API; the local one when unset.")
    token: SecretStr | None = Field(
        None, description="API token that the command line uses; the local stack's when unset."
    )
    development: bool = Field(False, description="Shows GraphiQL and allows introspection.")
    partitions: int = Field(4, ge=1, le=256, description="Number of event streams; fixed once events flow.")
    backlog: int = Field(1_000_000, ge=1_000, description="Events that may wait before ingest is told to slow down.")
    batch_events: int = Field(5_000, ge=1, le=50_000, description="Most events in one graph write.")
    batch_bytes: int = Field(4_000_000, ge=10_000, description="Most stream bytes in one graph write.")
    batch_ms: int = Field(200, ge=0, le=10_000, description="Longest wait in milliseconds for a batch to fill.")
    claim_ms: int = Field(
        30_000, ge=100, description="Idle milliseconds after which another worker takes over an entry."
    )
    lease_ms: int = Field(
        5_000, ge=500, description="Milliseconds after which another detector takes over from a silent one."
    )
    learning: int | None = Field(
        None,
        ge=0,
        description="Milliseconds for which what is new is learnt; 7 days when unset, 0 for a forensic import.",
    )
    retention_days: int = Field(
        30,
        ge=0,
        description="Days of evidence behind the deployment's clock; 0 keeps all, as for a forensic import.",
    )
    behaviour_days: int = Field(
        180, ge=91, description="Days after which unseen behaviour is forgotten by the retention job."
    )
    future_tolerance_ms: int = Field(
        300_000, ge=0, description="Milliseconds that an event may lie beyond the wall clock."
    )
    daily_cap: int = Field(
        20, ge=1, description="Alerts of one rule about one subject on one UTC day before they are summed up."
    )
    shared_directory: bool = Field(False, description="User names mean the same account on every host.")
    internal_ranges: tuple[str, ...] = Field(
        (),
        description="JSON list of address ranges that count as the deployment's own, beside the private ones.",
    )
    mask_key: SecretStr | None = Field(
        None,
        description="Key under which masked secrets stay comparable; made once and kept in Redis when unset.",
    )
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")

    @field_validator("internal_ranges")
    @classmethod
    def _ranges(cls, ranges: Sequence[str]) -> Sequence[str]:
        for one in ranges:
            ip_network(one)
        return ranges

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the internal ranges, parsed."""
        return tuple(ip_network(one) for one in self.internal_ranges)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the caller alone: `from_env` is the one reader of the environment."""
        return (init_settings,)

    @classmethod
    def from_env(cls, environment: Mapping[str, str], **given: Any) -> Self:  # noqa: ANN401 - any field's value
        """Return the settings of an environment; what is `given` goes before it.

        Raises ConfigError naming every variable that is wrong.
        """
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            text = environment.get(PREFIX + name.upper())
            if text:
                values[name] = text
        try:
            if "internal_ranges" in values:
                values["internal_ranges"] = json.loads(values["internal_ranges"])
        except ValueError as error:
            raise ConfigError(f"{PREFIX}INTERNAL_RANGES is no JSON list: {error}") from error
        try:
            return cls(**(values | {name: value for name, value in given.items() if value is not None}))
        except ValidationError as error:
            wrong = "; ".join(
                f"{PREFIX}{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors() if one["loc"]
            )
            raise ConfigError(f"settings: {wrong}") from error
