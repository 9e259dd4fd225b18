import io
import json
from collections import Counter
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from simulate.__main__ import main
from simulate.checks import Check
from simulate.client import Traffic
from simulate.findings import finding
from simulate.progress import Narrator
from simulate.report import Line, Report

LINE = Line(
    code="0203",
    name_km="បាត់ដំបង",
    name_en="Battambang",
    respondents=48,
    women=28,
    ballots=144,
    average=3.29,
    weakest="health centre: Fees are posted and kept to, and nothing is paid beside them, day or night",
    weakest_mean=2.64,
    actions=12,
    done=9,
    dropped=1,
    asked=86_800_000,
    allocated=84_100_000,
)


def report(*checks: Check, retries: int = 0) -> Report:
    return Report(
        year=2026,
        seed=1,
        base_url="http://localhost:8080",
        province="Battambang",
        played_at="2026-11-21T00:00:00+00:00",
        seconds=17.3,
        districts=[LINE],
        checks=list(checks),
        chapters={"score": 3.1},
        requests={"sent": 2000, "retries": retries},
        webhooks={"events": 600, "repeats": 0},
    )


def shown(what: Report, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    what.show(console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_people_read_what_happened() -> None:
    text = shown(report(Check("Every ballot counted once", True, "882 ballots", 0.1)))
    assert "Social accountability in Battambang, 2026" in text
    assert "48 citizens, 28 of them women" in text
    assert "12 actions: 9 are done (75%), 1 dropped, 2 going on" in " ".join(text.split())
    assert "2.64" in text
    assert "86.8" in text
    assert "All books are in order. 2,000 requests, in 17.3 s." in text
    assert "\x1b" not in text


def test_what_is_not_in_order_stands_out() -> None:
    text = shown(report(Check("Operating estimate", False, "1 riel", 0.1), retries=7), width=80)
    assert "failed" in text
    assert "1 of 1 checks failed. 2,000 requests, 7 of them again after a fault" in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_programs_read_the_same_as_json(tmp_path: Path) -> None:
    good, bad = Check("a", True, "1", 0.1), Check("b", False, "2", 0.2)
    report(good, bad).write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["ok"] is False
    assert written["districts"][0]["name_km"] == "បាត់ដំបង"
    assert [check["ok"] for check in written["checks"]] == [True, False]
    assert report(good).ok


def test_a_finding_names_the_first_few_things_that_are_wrong() -> None:
    assert finding("42 units") == (True, "42 units")
    assert finding("42 units", ok=False) == (False, "42 units")
    assert finding("42 units", ["a", "b", "c", "d"]) == (False, "42 units; wrong: a, b, c and 1 more")


def test_chapters_tell_how_far_they_are() -> None:
    heard = []
    console = Console(file=io.StringIO(), force_terminal=False)
    narrator = Narrator(console, lambda *step: heard.append(step))
    with narrator.chapter("score", "Citizens score", 3) as chapter:
        chapter.advance()
        chapter.advance(2)
        chapter.tell("3 ballots")
    assert heard == [("score", 1, 3), ("score", 3, 3)]
    assert isinstance(console.file, io.StringIO)
    assert "✓ Citizens score  3 ballots" in console.file.getvalue()
    assert narrator.seconds["score"] >= 0


def test_traffic_knows_its_percentiles() -> None:
    traffic = Traffic(seconds=[0.001 * number for number in range(1, 101)], by_status=Counter({200: 100}))
    assert traffic.percentile(0.5) == 50.0
    assert Traffic().percentile(0.99) == 0.0


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISAF_OPERATOR_TOKEN", "ISAF_TOKEN", "ISAF_OPERATOR_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("simulate.client.REACH", 0.05)


@pytest.mark.usefixtures("nobody")
def test_the_command_says_what_it_lacks(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["battambang", "--base-url", "http://127.0.0.1:9"]
    assert main(command) == 2
    assert "Who administers?" in capsys.readouterr().out
    credentials = tmp_path / "credentials.json"
    credentials.write_text('{"username": "a"}')
    assert main([*command, "--credentials", str(credentials)]) == 2
    assert "neither a token nor a username" in " ".join(capsys.readouterr().out.split())
    credentials.write_text("not JSON")
    assert main([*command, "--credentials", str(credentials)]) == 2
    assert main([*command, "--credentials", str(tmp_path / "missing")]) == 2
    monkeypatch.setenv("ISAF_TOKEN", "t")
    capsys.readouterr()
    assert main(command) == 2
    assert "ISAF does not answer at http://127.0.0.1:9" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        main(["battambang"])
