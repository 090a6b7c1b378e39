"""The stories' raw logs: deterministic, shaped as the sensors write them, and ordinary where they should be."""

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from heapq import merge
from ipaddress import ip_address
from itertools import islice, pairwise
from pathlib import Path

import pytest

import seeds
from app.events import AnyEvent, ConnectionOut, ContainerStarted, NameResolved, PrivilegeChanged
from app.sources import Context, Rejected, Taken, read
from seeds import check, past
from seeds.chronicle import event_of
from seeds.deployment import END, HOSTS, START, STORY_DAY, STORY_HOST, UIDS
from seeds.story import HASH, STORIES

EXPECTED = Path(seeds.__file__).parent / "expected"
THIN = 0.2
"""Density for tests that do not ask how dense ordinary life is."""


WITH_COMPOSITE = (
    "gs_netcat", "gs_netcat_1_zsh_known", "gs_netcat_5_shuffled_late_indicator", "gs_netcat_6_late_record"
)  # fmt: skip


@cache
def ordinary(scale: float = THIN) -> tuple[AnyEvent, ...]:
    return tuple(map(event_of, seeds.tell("benign", scale=scale)))


@cache
def told(name: str, scale: float = THIN) -> tuple[AnyEvent, ...]:
    return tuple(event_of(seen) for seen in seeds.tell(name, scale=scale) if seen.told)


def events_of(name: str, scale: float = THIN) -> list[AnyEvent]:
    return list(merge(ordinary(scale), told(name, scale), key=lambda event: event.at))


@cache
def report_on(name: str, scale: float = THIN) -> check.Report:
    return check.check(events_of(name, scale))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    for name in ("gs_netcat", "gs_netcat_5_shuffled_late_indicator"):
        seeds.write(name, folder / name, scale=THIN)
    return folder


def parsed(file: Path, form: str, records: int | None = None) -> list[AnyEvent]:
    with file.open("rb") as lines:
        outcomes = list(islice(read(form, lines, Context()), records))
    assert not [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    return [event for outcome in outcomes if isinstance(outcome, Taken) for event in outcome.events]


def core(event: AnyEvent) -> tuple[object, ...]:
    fields = ("host", "sensor", "pid", "binary", "uid", "login_uid", "remote_ip", "remote_port", "domain", "path")
    return (event.KIND, event.at, *(getattr(event, field, None) for field in fields))


def test_names_are_the_promised_ones():
    assert seeds.names() == (
        "gs_netcat", "gs_netcat_1_zsh_known", "gs_netcat_2_five_hosts", "gs_netcat_3_days_apart",
        "gs_netcat_4_rollout", "gs_netcat_5_shuffled_late_indicator", "gs_netcat_6_late_record", "benign",
    )  # fmt: skip


def test_the_same_name_gives_the_same_bytes(written, tmp_path):
    seeds.write("gs_netcat", tmp_path, scale=THIN)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == sorted(path.name for path in (written / "gs_netcat").iterdir())
    for file in files:
        assert (tmp_path / file).read_bytes() == (written / "gs_netcat" / file).read_bytes()


def test_the_deployment_is_as_told():
    assert len(HOSTS) == 44
    assert sum(host.runs_containers for host in HOSTS.values()) == 40
    assert sum(host.sensor == "auditd" for host in HOSTS.values()) == 14
    assert HOSTS[STORY_HOST].sensor == "tetragon"
    assert len({host.ip for host in HOSTS.values()}) == 44
    assert len(set(UIDS.values())) == len(UIDS)


def test_ordinary_life_is_of_the_promised_size():
    events = events_of("benign", 1.0)
    assert 25_000 < len(events) < 35_000
    assert {event.host for event in events} == set(HOSTS)
    assert events[0].at >= START and events[-1].at < END
    assert [event.at for event in events] == sorted(event.at for event in events)


@pytest.mark.parametrize("scale", [THIN, 1.0])
def test_nothing_is_new_on_an_ordinary_day_that_was_not_meant_to_be(scale):
    report = report_on("benign", scale)
    assert check.unexpected(report) == []
    assert check.missing(report) == set()
    assert report.gaps == []


def test_benign_novelties_stay_apart_from_each_other():
    days: dict[str, list[int]] = {}
    for found in report_on("benign").novelties:
        days.setdefault(found.host, []).append((found.at - START) // check.DAY)
    for host, own in days.items():
        assert all(later == earlier or later - earlier > 2 for earlier, later in pairwise(own)), host


@pytest.mark.parametrize("name", ["gs_netcat", "gs_netcat_4_rollout"])
def test_ordinary_life_is_the_same_in_every_story(name):
    all_seen = seeds.tell(name, scale=THIN)
    assert tuple(event_of(seen) for seen in all_seen if not seen.told) == ordinary()
    assert 0 < sum(seen.told for seen in all_seen) < 300


def test_a_denser_life_leaves_the_story_alone():
    thin, dense = (
        [(event.KIND, event.at, event.host, getattr(event, "binary", None)) for event in told("gs_netcat", scale)]
        for scale in (THIN, 1.0)
    )
    assert thin == dense
    assert len(thin) == 29


def test_every_address_outside_is_routable():
    addresses = {
        address
        for event in (*ordinary(), *told("gs_netcat"), *told("gs_netcat_4_rollout"))
        for address in (getattr(event, "remote_ip", None), *getattr(event, "answers", ()))
        if address is not None and not address.startswith("10.20.")
    }
    assert all(ip_address(address).is_global and not ip_address(address).is_multicast for address in addresses)
    clients = [address for _, _, address in past.new_web_clients()]
    assert len(clients) == len(set(clients))


@pytest.mark.parametrize("form", ["tetragon.ndjson", "auditd.log", "polygraph.ndjson"])
@pytest.mark.parametrize("part", ["past", "story"])
def test_the_sources_read_the_raw_logs_back(written, part, form):
    # A source may make more of a record than the one event (a container in a pod, a setuid program).
    more = () if form.startswith("polygraph") else (ContainerStarted, PrivilegeChanged)
    file = written / "gs_netcat_5_shuffled_late_indicator" / f"{part}.{form}"
    name = form.partition(".")[0]
    read_back = Counter(core(event) for event in parsed(file, name, 1500) if not isinstance(event, more))
    events = [event for event in events_of("gs_netcat") if event.sensor == name]
    events = [event for event in events if (event.at >= STORY_DAY) == (part == "story")]
    assert read_back == Counter(map(core, events[: read_back.total()]))


def test_shuffled_is_the_same_day_in_another_order(written):
    plain, shuffled = written / "gs_netcat", written / "gs_netcat_5_shuffled_late_indicator"
    for file in ("story.tetragon.ndjson", "story.auditd.log", "story.polygraph.ndjson"):
        ours, theirs = (plain / file).read_bytes().splitlines(), (shuffled / file).read_bytes().splitlines()
        assert ours != theirs
        assert sorted(ours) == sorted(theirs)
    assert (plain / "past.auditd.log").read_bytes() == (shuffled / "past.auditd.log").read_bytes()
    steps = json.loads((shuffled / "manifest.json").read_bytes())["steps"]
    assert steps[-1]["indicators"] == "indicators.csv"


def test_a_late_record_comes_last_and_is_a_month_old(tmp_path):
    progress: list[tuple[int, int]] = []
    manifest = seeds.write(
        "gs_netcat_6_late_record", tmp_path, scale=THIN, progress=lambda done, of: progress.append((done, of))
    )
    assert progress == sorted(progress)
    assert progress[-1] == (manifest.events, manifest.events)
    (late,) = manifest.steps[-1].ingest
    documents = [json.loads(line) for line in (tmp_path / late.file).read_text().splitlines()]
    assert [document["time"][:16] for document in documents] == ["2026-05-16T14:05", "2026-05-16T14:07"]
    assert documents[-1]["process_exec"]["process"]["binary"] == "/usr/local/bin/gs-netcat"
    assert "gs-netcat" not in (tmp_path / "past.tetragon.ndjson").read_text()


def test_the_manifest_says_what_to_do(written):
    manifest = json.loads((written / "gs_netcat" / "manifest.json").read_bytes())
    assert manifest["story"] == "gs_netcat" and manifest["host"] == STORY_HOST
    assert manifest["start"] == START and manifest["end"] == END
    assert manifest["story_start"] == STORY_DAY + (18 * 60 + 49) * 60_000
    assert manifest["events"] == len(events_of("gs_netcat"))
    files = [file["file"] for step in manifest["steps"] for file in step.get("ingest", ())]
    assert sorted([*files, "indicators.csv", "manifest.json"]) == sorted(
        path.name for path in (written / "gs_netcat").iterdir()
    )
    assert HASH in (written / "gs_netcat" / "indicators.csv").read_text()


_RULES = {
    "binary": "new_application", "image": "new_application", "runs": "new_application_on_host",
    "uses": "user_ran_new_application", "launches": "new_child_process", "became": "privilege_escalation",
    "address": "outbound_new_external_ip", "domain": "outbound_new_domain", "client": "inbound_new_external_ip",
    "contacts": "outbound_new_external_ip_from_application", "accepts": "inbound_new_external_ip_to_application",
}  # fmt: skip
_NOT_NOVELTY = ("known_bad_file", "dual_use_tool")


@pytest.mark.parametrize("name", seeds.names())
def test_what_is_expected_is_what_is_new(name):
    """The expectations are written by hand; the checker is the second opinion."""
    expected = json.loads((EXPECTED / f"{name}.json").read_bytes())
    assert expected["story"] == name
    written_down = Counter[tuple[str, ...]]()
    for alert in (*expected["alerts"], *expected["elsewhere"]):
        if alert["rule"] in _NOT_NOVELTY:
            continue
        if alert.get("summed_up") or "count" in alert:
            written_down[alert["rule"], "many"] += alert.get("count") or alert["hosts"]
        else:
            written_down[alert["rule"], alert["host"], alert["minute"]] += 1
    many = {rule for rule, *rest in written_down if rest == ["many"]}
    since = START if name == "benign" else STORIES[name].first_day
    found_by_checker = Counter[tuple[str, ...]]()
    for found in report_on(name).novelties:
        rule = _RULES[found.key[0]]
        minute = datetime.fromtimestamp(found.at / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")
        if rule in many and found.at >= since:
            found_by_checker[rule, "many"] += 1
        elif found.at >= since or (rule, found.host, minute) in written_down:
            found_by_checker[rule, found.host, minute] += 1
    assert written_down == found_by_checker


@pytest.mark.parametrize("name", seeds.names())
def test_expectations_are_whole(name):
    expected = json.loads((EXPECTED / f"{name}.json").read_bytes())
    alerts = {(alert["rule"], json.dumps(alert["key"])) for alert in expected["alerts"]}
    for claim in ("alerts", "elsewhere", "early_warnings", "composites", "investigations", "withdrawn", "quiet"):
        assert all(one["because"] for one in expected[claim]), claim
    for composite in expected["composites"]:
        evidence = {(piece["rule"], json.dumps(piece["key"])) for piece in composite["evidence"]}
        assert evidence == alerts
        assert composite["host"] == STORY_HOST
    assert bool(expected["composites"]) == (name in WITH_COMPOSITE)


def test_the_five_facts_are_five():
    facts = [a["fact"] for a in json.loads((EXPECTED / "gs_netcat.json").read_bytes())["alerts"] if "fact" in a]
    assert facts == [1, 2, 3, 4, 5]
    last = [e for e in events_of("gs_netcat") if isinstance(e, ConnectionOut | NameResolved) and e.host == STORY_HOST]
    assert {e.binary for e in last if e.at >= STORY_DAY + 19 * 3_600_000} <= {
        "/usr/local/bin/gs-netcat", "/opt/fluent-bit/bin/fluent-bit",
    }  # fmt: skip
