"""Windows events and what is special about cutting and mending them; what single records say is in the goldens."""

import time
from io import BytesIO

import pytest

from app.events import ConnectionOut, ProcessEnded, ProcessStarted
from app.sources import Context, Ignored, Record, Rejected, Taken, read
from app.sources._command_lines import linux_arguments, windows_arguments
from app.sources._sysmon_lines import MOST_SPREAD
from app.sources._sysmon_xml import unescaped
from app.sources.sysmon import records

HOST = Context(host="h")


def ended(pid: int, before: str = "", after: str = "") -> str:
    return (
        f"{before}<Event><System><Provider Name='Linux-Sysmon'/><EventID>5</EventID></System><EventData>"
        f"<Data Name='UtcTime'>2025-11-07 10:00:00.000</Data><Data Name='ProcessId'>{pid}</Data>"
        f"<Data Name='Image'>/bin/x</Data></EventData></Event>{after}"
    )


def cut(*lines: str) -> list[Record]:
    return list(records([line.encode() + b"\n" for line in lines]))


def pids(*lines: str) -> list[int | None]:
    found = []
    for outcome in read("sysmon", [line.encode() + b"\n" for line in lines], HOST):
        if isinstance(outcome, Taken):
            (event,) = outcome.events
            assert isinstance(event, ProcessEnded)
            found.append(event.pid)
        else:
            assert isinstance(outcome, Ignored), outcome
    return found


def test_events_on_one_line_are_cut_from_each_other() -> None:
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?><Events>'
    assert pids(ended(1, head) + ended(2) + ended(3, " ", "</Events>")) == [1, 2, 3]


def test_an_event_may_stand_on_many_lines() -> None:
    assert pids("<Events>", *ended(1).replace("><", ">\n<").split("\n"), "", ended(2), "</Events>") == [1, 2]


@pytest.mark.parametrize("begins", ["Nov  7 10:00:00 h sysmon: ", "<14>1 2025-11-07T10:00:00Z h sysmon - - - ", ""])
def test_a_body_that_was_cut_off_does_not_swallow_what_follows(begins: str) -> None:
    whole = ended(1, begins)
    assert pids(whole[:-9], ended(2, begins), whole[:-30], ended(3, begins)) == [1, 2, 1, 3]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_exports_of_windows_are_read_in_their_encoding(encoding: str) -> None:
    named = ended(2).replace("/bin/x", "C:/\u0a0a\u00fc")
    outcomes = list(read("sysmon", BytesIO(f"<Events>\n{ended(1)}\n{named}\n</Events>".encode(encoding)), HOST))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Ignored", "Taken", "Taken", "Ignored"]
    assert isinstance(outcomes[2], Taken)
    assert outcomes[2].events[0].binary == "C:/\u0a0a\u00fc"  # type: ignore[union-attr]


def test_a_command_line_may_hold_the_end_of_a_line() -> None:
    spread = ended(1, "Nov  7 10:00:00 h sysmon: ").replace("/bin/x", "/bin/x\ny")
    assert [(each.line, each.raw.count(b"\n")) for each in cut(spread, ended(2))] == [(1, 1), (2, 0)]


def test_an_event_without_an_end_is_not_held_for_ever() -> None:
    line = "x" * 1000
    first, *others = cut("<Event>", *[line] * 3000)
    assert len(first.raw) < MOST_SPREAD + 2 * len(line)
    assert sum(len(each.raw) for each in (first, *others)) >= 3000 * len(line)


@pytest.mark.parametrize(
    "attack",
    [
        "<Event><EventID>1</EventID>" + "<Data Name='a'>" * 200_000,
        "<Event><EventID>1</EventID><Data" + " " * 3_000_000,
        "<Event><EventID>1</EventID><Data Name='a'>" + "<" * 3_000_000,
        "<Event><EventID>1</EventID><Data Name='Image'>" + "&lt" * 1_000_000 + "</Data></Event>",
        "<Event><System><Computer>" + " " * 3_000_000 + "<EventID>1</EventID>",
        "<Event " + "Provider " * 300_000 + "<EventID>1</EventID>",
        "<Event><EventID>1</EventID>" + "Computer>" * 300_000,
        "<Event><EventID>1</EventID><Computer>a" + " " * 3_000_000,
        "<Event>" + "EventID " * 300_000,
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Event><EventID>1</EventID><Data Name="Image">&b;</Data>',
        '{"EventID":1,"EventData":"' + "<Data " * 500_000 + '"}',
        '{"a":' * 900 + '{"b":"<Event>"}' + "}" * 900,
        '{"' + "a." * 100_000 + '":1}',
        '{"EventID":1,"Message":"UtcTime: ' + "A: " * 500_000 + '"}',
    ],
    ids=range(14),
)
def test_time_is_bounded_whatever_a_record_holds(attack: str) -> None:
    begin = time.monotonic()
    outcomes = list(read("sysmon", [attack.encode()], HOST))
    assert time.monotonic() - begin < 10
    assert all(isinstance(outcome, Rejected | Ignored | Taken) for outcome in outcomes)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a &lt;b&gt; &amp;lt; &quot;c&quot; &apos;", 'a <b> &lt; "c" \''),
        ("&lt x&gt ", "<x>"),
        ("echo &quot a&quot  &gt  b", 'echo "a" > b'),
        ("&#65;&#x42;&#1114112;", "AB\N{REPLACEMENT CHARACTER}"),
        ("a && b & c &copy; ?x=1&lt=2", "a && b & c &copy; ?x=1&lt=2"),
        ("<![CDATA[a <b> &amp;]]>", "a <b> &amp;"),
        ("ends in &gt", "ends in >"),
    ],
)
def test_entities_are_replaced_once_and_mended(written: str, meant: str) -> None:
    assert unescaped(written) == meant


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ()),
        (r"C:\a.exe -b c", (r"C:\a.exe", "-b", "c")),
        (r'"C:\Program Files\a.exe" -b', (r"C:\Program Files\a.exe", "-b")),
        (r'"C:\dir\" "x y"', ("C:\\dir\\", "x y")),
        (r'cmd /c "echo \"hi\" \\"', ("cmd", "/c", 'echo "hi" \\')),
        (r'a b"c d"e', ("a", "bc de")),
        (r'a "" b', ("a", "", "b")),
        (r'a "open end', ("a", "open end")),
        ('"', ("",)),
    ],
)
def test_windows_command_lines_are_split_as_programs_see_them(command: str, words: tuple[str, ...]) -> None:
    assert windows_arguments(command) == words


def test_linux_command_lines_are_split_at_blanks() -> None:
    assert linux_arguments('sh -c  "a b"') == ("sh", "-c", '"a', 'b"')


def test_the_clock_of_linux_that_fell_behind_is_not_believed() -> None:
    def at(written: str, source: str) -> int:
        created = f"<TimeCreated SystemTime='{written}'/><Computer>c</Computer>"
        (outcome,) = read("sysmon", [ended(1).replace("Linux-Sysmon'/>", f"{source}'/>{created}").encode()], HOST)
        assert isinstance(outcome, Taken)
        return outcome.events[0].at

    happened = 1762509600000
    assert at("2025-11-07T10:00:30.000Z", "Linux-Sysmon") == happened
    assert at("2025-11-07T10:02:00.000Z", "Linux-Sysmon") == happened + 120_000
    assert at("2025-11-07T10:02:00.000Z", "Microsoft-Windows-Sysmon") == happened


def test_children_that_share_a_guid_are_other_processes() -> None:
    def process(pid: int, guid: str) -> str | None:
        data = f'"ProcessGuid":"{guid}","ProcessId":{pid},"UtcTime":"2025-11-07 10:00:00"'
        line = f'{{"EventID":1,"SourceName":"Linux-Sysmon","Image":"/bin/x",{data}}}'
        (outcome,) = read("sysmon", [line.encode()], HOST)
        assert isinstance(outcome, Taken)
        (event,) = outcome.events
        assert isinstance(event, ProcessStarted)
        return event.process

    guid = "{49e2a5f6-9598-61e9-a56d-2f093f560000}"
    assert process(1, guid) != process(2, guid)
    assert process(1, guid) == process(1, guid.upper().strip("{}"))
    assert process(1, "{00000000-0000-0000-0000-000000000000}") is None


def test_whoever_opened_a_socket_of_osquery_has_the_ephemeral_port() -> None:
    def is_out(local: int, remote: int) -> bool:
        columns = f'"local_address":"10.0.0.1","local_port":"{local}","remote_address":"1.1.1.1","remote_port":{remote}'
        line = f'{{"name":"q","unixTime":1762509600,"columns":{{{columns},"pid":"1"}}}}'
        (outcome,) = read("osquery", [line.encode()], HOST)
        assert isinstance(outcome, Taken)
        return isinstance(outcome.events[0], ConnectionOut)

    assert is_out(48222, 443)
    assert is_out(48222, 50050)
    assert not is_out(22, 51111)
    assert is_out(1023, 22)
