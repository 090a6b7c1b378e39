"""Settings come from the environment, by name, and what is wrong is told all at once."""

import pytest

from app.config import Settings
from app.errors import ConfigError


def test_without_an_environment_there_are_defaults() -> None:
    settings = Settings.from_env({})
    assert (settings.host, settings.partitions, settings.learning, settings.neo4j_uri) == ("127.0.0.1", 4, None, None)


def test_a_setting_is_its_name_in_capitals() -> None:
    settings = Settings.from_env({"POLYGRAPH_DAILY_CAP": "7", "POLYGRAPH_LEARNING": "0", "OTHER_DAILY_CAP": "9"})
    assert (settings.daily_cap, settings.learning) == (7, 0)


def test_what_is_empty_is_not_set() -> None:
    assert Settings.from_env({"POLYGRAPH_DAILY_CAP": ""}).daily_cap == 20


def test_what_is_given_goes_before_the_environment() -> None:
    assert Settings.from_env({"POLYGRAPH_LEARNING": "5"}, learning=0).learning == 0
    assert Settings.from_env({"POLYGRAPH_LEARNING": "5"}, learning=None).learning == 5


def test_ranges_are_a_list() -> None:
    settings = Settings.from_env({"POLYGRAPH_INTERNAL_RANGES": '["198.51.100.0/24", "2001:db8::/32"]'})
    assert [str(network) for network in settings.networks] == ["198.51.100.0/24", "2001:db8::/32"]


@pytest.mark.parametrize("ranges", ["198.51.100.0/24", '["198.51.100.1/24"]', '["here"]'])
def test_a_range_that_is_none_is_told(ranges: str) -> None:
    with pytest.raises(ConfigError, match="POLYGRAPH_INTERNAL_RANGES"):
        Settings.from_env({"POLYGRAPH_INTERNAL_RANGES": ranges})


def test_every_wrong_setting_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        Settings.from_env({"POLYGRAPH_PORT": "70000", "POLYGRAPH_BATCH_MS": "soon", "POLYGRAPH_REDIS_PREFIX": "a:b"})
    for name in ("POLYGRAPH_PORT", "POLYGRAPH_BATCH_MS", "POLYGRAPH_REDIS_PREFIX"):
        assert name in str(raised.value)


def test_a_secret_is_not_shown() -> None:
    settings = Settings.from_env({"POLYGRAPH_NEO4J_PASSWORD": "hunter2", "POLYGRAPH_TOKEN": "hunter2"})
    assert "hunter2" not in repr(settings)


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")] == []
