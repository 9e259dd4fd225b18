"""One year of social accountability in seven districts of Battambang, from top to bottom."""

import asyncio
from time import monotonic

from rich.console import Console

from simulate import bodies, checks, facilitators, funding, information, plans, posters, preparing, scoring
from simulate.actors import operator
from simulate.client import Api
from simulate.progress import Listener, Narrator
from simulate.receiver import Receiver
from simulate.report import Report, compile_report
from simulate.stream import Dashboard
from simulate.year import Options, Year


async def play(
    base_url: str,
    credentials: dict[str, str],
    options: Options | None = None,
    *,
    console: Console | None = None,
    listener: Listener | None = None,
) -> Report:
    """Play the year, check the books, and tell what happened. `listener` hears of every step."""
    api = Api(base_url)
    narrator = Narrator(console or Console(quiet=True), listener)
    began = monotonic()
    try:
        await api.reach()
        async with Receiver() as receiver, Dashboard() as dashboard:
            year = Year(api, options or Options(), narrator, receiver, dashboard, operator(api, credentials))
            for part in (prepare, citizens_score, communes_plan, money_flows, work_gets_done, bodies_meet, close):
                await part(year)
                await asyncio.sleep(year.options.pace)
            with narrator.chapter("check", "The books are checked") as chapter:
                findings = await checks.check_books(year)
                chapter.tell(f"{sum(check.ok for check in findings)} of {len(findings)} in order")
            await preparing.unsubscribe_partner(year)
            return await compile_report(year, findings, seconds=monotonic() - began)
    finally:
        await api.close()


async def prepare(year: Year) -> None:
    """Places, people, units, money, and a partner who wants to be told."""
    with year.narrator.chapter("places", "Districts, officers, service units") as chapter:
        await preparing.choose_year(year)
        await preparing.find_places(year)
        await preparing.appoint_officers(year)
        await facilitators.list_partner(year)
        await asyncio.gather(*(preparing.establish_units(district) for district in year.districts))
        await asyncio.gather(*(preparing.state_participation(year, district) for district in year.districts))
        chapter.tell(f"year {year.number}: {len(year.communes)} communes, {len(year.units)} units")
    people = preparing.people_needed(year)
    with year.narrator.chapter("people", "Facilitators, clerks, committees; envelopes", people) as chapter:
        await asyncio.gather(
            *(preparing.appoint_commune(year, commune, chapter) for commune in year.communes),
            preparing.listen_and_open_envelopes(year),
        )
        chapter.tell(f"{chapter.done} accounts, {len(year.books.envelopes)} envelopes")
    number = sum(len(commune.cafs) for commune in year.communes)
    with year.narrator.chapter("cafs", "Facilitators are recorded and trained", number) as chapter:
        await facilitators.record_and_train(year, chapter)
        chapter.tell(f"{chapter.done} records, {len(year.books.trainings)} trainings")
    with year.narrator.chapter("i4c", "Units tell their facts, officers publish packs", len(year.units)) as chapter:
        await information.publish(year, chapter)
        chapter.tell(f"{chapter.done} packs")
    with year.narrator.chapter("posters", "Facilitators put posters up", len(year.units) - 1) as chapter:
        await posters.put_up(year, chapter)
        chapter.tell(f"{chapter.done} posters")


async def citizens_score(year: Year) -> None:
    """The round opens; citizens and staff score; officers publish."""
    with year.narrator.chapter("round", "The round opens"):
        await scoring.open_round(year)
    with year.narrator.chapter(
        "score", "Citizens score by phone and in meetings", scoring.ballots_in_all(year)
    ) as chapter:
        await scoring.score(year, chapter)
        respondents = sum(len(commune.citizens) for commune in year.communes)
        chapter.tell(f"{respondents} respondents, {chapter.done:,} ballots")
    with year.narrator.chapter("publish", "Scorecards are submitted and published", len(year.units)) as chapter:
        await scoring.publish(year, chapter)
        chapter.tell(f"{chapter.done} results")


async def communes_plan(year: Year) -> None:
    """The plans open by themselves; the interface meetings fill them."""
    with year.narrator.chapter("plans", "Action plans open with their agendas", len(year.communes)) as chapter:
        await plans.wait_for_plans(year)
        plans.intend(year)
        chapter.tell(f"{len(year.books.plans)} plans")
    with year.narrator.chapter("agree", "Interface meetings agree on actions", len(year.books.actions)) as chapter:
        await plans.agree_on_actions(year, chapter)
        chapter.tell(f"{chapter.done} actions")


async def money_flows(year: Year) -> None:
    """Communes ask, officers allocate."""
    with year.narrator.chapter("ask", "Communes ask for funds") as chapter:
        requests = await funding.ask(year, chapter)
        chapter.tell(f"{len(requests)} requests")
    funding.intend_allocations(year)
    allocations = sum(len(action.allocations) for action in year.books.actions)
    with year.narrator.chapter("allocate", "Officers allocate from their envelopes", allocations) as chapter:
        await funding.allocate(year, requests, chapter)
        chapter.tell(f"{chapter.done} allocations")


async def work_gets_done(year: Year) -> None:
    """Actions are carried out; some are dropped, and their money goes back."""
    with year.narrator.chapter("work", "Actions are carried out, some dropped", len(year.books.actions)) as chapter:
        await plans.work(year, chapter)
        await funding.wait_for_releases(year)
        done = sum(action.steps[-1] == "done" for action in year.books.actions)
        chapter.tell(f"{done} done")


async def bodies_meet(year: Year) -> None:
    """Committees, working groups and networks follow the work up, and some forget to."""
    with year.narrator.chapter("bodies", "Committees and working groups meet") as chapter:
        await bodies.recognise_and_meet(year, chapter)
        chapter.tell(f"{len(year.books.bodies)} bodies, {chapter.done} meetings")


async def close(year: Year) -> None:
    """The round closes; who comes after that comes too late."""
    with year.narrator.chapter("close", "The round closes"):
        await scoring.close_round(year)
