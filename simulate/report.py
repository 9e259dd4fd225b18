"""What happened this year: for people as a page in the terminal, for programs as JSON."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.table import Table

from simulate.checks import Check
from simulate.client import Traffic
from simulate.places import District
from simulate.year import Year

MILLION = 1_000_000
LABEL = 62
"""As much of an indicator's text as the table shows."""
SHORT_KIND = {"commune_administration": "commune", "health_centre": "health centre", "primary_school": "school"}


@dataclass(frozen=True, slots=True)
class Line:
    """A district's year; scores and plans as the API shows them. Money in riel."""

    code: str
    name_km: str
    name_en: str
    respondents: int
    women: int
    ballots: int
    average: float
    weakest: str
    weakest_mean: float
    actions: int
    done: int
    dropped: int
    asked: int
    allocated: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole year and how its books were found."""

    year: int
    seed: int
    base_url: str
    province: str
    played_at: str
    seconds: float
    districts: list[Line]
    checks: list[Check]
    chapters: dict[str, float]
    requests: dict[str, Any]
    webhooks: dict[str, Any]
    repeats: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def write(self, path: Path) -> None:
        """All figures as JSON."""
        path.write_text(
            json.dumps({"ok": self.ok, **asdict(self)}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )

    def show(self, console: Console) -> None:
        """The same for people."""
        console.print()
        console.print(_districts_table(self))
        console.print(_story(self), highlight=False)
        console.print(_checks_table(self.checks))
        console.print(_closing(self), highlight=False)


async def compile_report(year: Year, findings: list[Check], *, seconds: float) -> Report:
    """Read the year's figures from the API."""
    boxes = year.receiver.mailboxes.values()
    return Report(
        year=year.number,
        seed=year.options.seed,
        base_url=year.api.base_url,
        province=str(year.province["name_en"]),
        played_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
        districts=[await _line(year, district) for district in year.districts],
        checks=findings,
        chapters=dict(year.narrator.seconds),
        requests=_traffic(year.api.traffic),
        webhooks={"events": sum(len(box.events) for box in boxes), "repeats": sum(box.repeats for box in boxes)},
        repeats=dict(year.books.repeats),
    )


def _traffic(traffic: Traffic) -> dict[str, Any]:
    return {
        "sent": traffic.requests,
        "retries": traffic.retries,
        "failures": dict(traffic.failures),
        "by_service": dict(traffic.by_service),
        "by_status": {str(status): count for status, count in sorted(traffic.by_status.items())},
        "p50_ms": traffic.percentile(0.5),
        "p99_ms": traffic.percentile(0.99),
    }


async def _line(year: Year, district: District) -> Line:
    actions = await year.public.items("jaap", "/actions", area=district.code, year=year.number)
    money = await year.public.get("budget", "/summary", area=district.code, year=year.number)
    results = await year.public.get("scorecard", f"/rounds/{year.round_id}/results", area=district.code)
    average, weakest, weakest_mean = _scores(results["kinds"])
    statuses = [action["status"] for action in actions]
    return Line(
        code=district.code,
        name_km=district.name_km,
        name_en=district.name_en,
        respondents=len(district.citizens),
        women=sum(citizen.sex == "female" for citizen in district.citizens),
        ballots=sum(len(unit.ballots) for unit in district.units),
        average=average,
        weakest=weakest,
        weakest_mean=weakest_mean,
        actions=len(actions),
        done=statuses.count("done"),
        dropped=statuses.count("dropped"),
        asked=money["asked"],
        allocated=money["allocated"],
    )


def _scores(kinds: list[dict[str, Any]]) -> tuple[float, str, float]:
    """Of a district's results: the average of all scores, and the indicator with the lowest one."""
    rows = [(kind["unit_kind"], indicator) for kind in kinds for indicator in kind["indicators"] if indicator["n"]]
    total = sum(score * given for _, row in rows for score, given in enumerate(row["distribution"], 1))
    kind, lowest = min(rows, key=lambda row: (row[1]["mean"], row[1]["code"]))
    average = total / sum(row["n"] for _, row in rows)
    return round(average, 2), f"{SHORT_KIND[kind]}: {lowest['label_en']}", lowest["mean"]


def _districts_table(report: Report) -> Table:
    table = Table(title=f"Social accountability in {report.province}, {report.year}", title_style="bold", expand=False)
    table.add_column("District")
    for heading in ("Respon-\ndents", "Women", "Average\nscore"):
        table.add_column(heading, justify="right")
    table.add_column("Weakest indicator", ratio=1, max_width=40)
    for heading in ("Actions\ndone/all", "Asked\nm riel", "Allocated\nm riel"):
        table.add_column(heading, justify="right")
    for line in report.districts:
        table.add_row(
            f"{line.name_km}\n{line.name_en}",
            str(line.respondents),
            str(line.women),
            f"{line.average:.2f}",
            f"{line.weakest_mean:.2f}  {shorten(line.weakest, LABEL, placeholder=' …')}",
            f"{line.done}/{line.actions}",
            f"{line.asked / MILLION:,.1f}",
            f"{line.allocated / MILLION:,.1f}",
        )
    table.add_section()
    all_of_them = report.districts
    table.add_row(
        "All",
        str(sum(line.respondents for line in all_of_them)),
        str(sum(line.women for line in all_of_them)),
        "",
        "",
        f"{sum(line.done for line in all_of_them)}/{sum(line.actions for line in all_of_them)}",
        f"{sum(line.asked for line in all_of_them) / MILLION:,.1f}",
        f"{sum(line.allocated for line in all_of_them) / MILLION:,.1f}",
        style="bold",
    )
    return table


def _story(report: Report) -> str:
    lines = report.districts
    people, women = sum(line.respondents for line in lines), sum(line.women for line in lines)
    actions, done, dropped = (sum(getattr(line, name) for line in lines) for name in ("actions", "done", "dropped"))
    asked, allocated = sum(line.asked for line in lines), sum(line.allocated for line in lines)
    return (
        f"{people} citizens, {women} of them women, scored three services each in {len(lines)} districts. "
        f"Their communes agreed on {actions} actions: {done} are done ({done / actions:.0%}), {dropped} dropped, "
        f"{actions - done - dropped} going on. They asked for {asked / MILLION:,.1f} million riel and were given "
        f"{allocated / MILLION:,.1f} million. A partner was told of {report.webhooks['events']:,} events.\n"
    )


def _checks_table(checks: list[Check]) -> Table:
    table = Table(
        title="The books", title_style="bold", box=None, padding=(0, 1), title_justify="left", show_header=False
    )
    for check in checks:
        mark = "[green]ok[/green]" if check.ok else "[bold red]failed[/bold red]"
        table.add_row(mark, check.name, f"[dim]{check.detail}[/dim]" if check.ok else check.detail)
    return table


def _closing(report: Report) -> str:
    failed = sum(not check.ok for check in report.checks)
    sent, retries = report.requests["sent"], report.requests["retries"]
    verdict = (
        f"[bold red]{failed} of {len(report.checks)} checks failed.[/bold red]"
        if failed
        else "[green]All books are in order.[/green]"
    )
    again = f", {retries:,} of them again after a fault" if retries else ""
    return f"\n{verdict} {sent:,} requests{again}, in {report.seconds:.1f} s.\n"
