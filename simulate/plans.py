"""The interface meetings: citizens, staff and councils agree on actions for the weakest indicators."""

import asyncio
from datetime import date
from random import Random
from typing import Any

from simulate.client import eventually, refusal
from simulate.fates import Fate, fates
from simulate.places import Commune
from simulate.progress import Chapter
from simulate.texts import DROP_REASONS, PROPOSERS, Idea, idea_for
from simulate.year import Action, Attempt, Year

THOUSAND = 1_000


async def wait_for_plans(year: Year) -> None:
    """Each commune's plan opens by itself once its results are published, with an agenda from all its units."""

    async def wait(commune: Commune) -> None:
        units = {unit.code for unit in commune.units}

        async def look() -> dict[str, Any] | None:
            plans = await year.public.items("jaap", "/plans", year=year.number, area=commune.code)
            whole = [plan for plan in plans if units <= {item["unit_code"] for item in plan["agenda"]}]
            return whole[0] if whole else None

        year.books.plans[commune.code] = await eventually(f"the plan of {commune.name_en}", look)

    await asyncio.gather(*(wait(commune) for commune in year.communes))


def intend(year: Year) -> None:
    """What every commune will agree on, and how each action will end."""
    intended: list[tuple[Commune, dict[str, Any], Idea]] = []
    for commune in year.communes:
        intended += [(commune, item, idea) for item, idea in _ideas(year, commune)]
    ends = fates(Random(f"{year.seed}/fates"), [idea.resources for _, _, idea in intended])
    for (commune, item, idea), fate in zip(intended, ends, strict=True):
        year.books.actions.append(_action(year, commune, item, idea, fate))


def _ideas(year: Year, commune: Commune) -> list[tuple[dict[str, Any], Idea]]:
    """Five to seven ideas, the first one needing outside money: the weakest indicator of each unit, then the next."""
    rng = Random(f"{year.seed}/{commune.code}/ideas")
    agenda = year.books.plans[commune.code]["agenda"]
    by_unit = [[item for item in agenda if item["unit_code"] == unit.code] for unit in commune.units]
    rounds = range(max(map(len, by_unit)))
    in_turn = [items[number] for number in rounds for items in by_unit if number < len(items)]
    kinds = {unit.code: unit.kind for unit in commune.units}
    taken: set[str] = set()
    result = []
    for item in in_turn[: rng.randint(5, 7)]:
        about = f"{item['indicator_code']} {item['label_en']}"
        idea = idea_for(rng, kinds[item["unit_code"]], about, taken, external=not taken)
        taken.add(idea.en)
        result.append((item, idea))
    return result


def _action(year: Year, commune: Commune, item: dict[str, Any], idea: Idea, fate: Fate) -> Action:
    action_id = year.id_of("action", commune.code, item["unit_code"], item["indicator_code"])
    rng = Random(action_id)
    cost = round(idea.cost * rng.uniform(0.8, 1.2) / 50) * 50 * THOUSAND or 50 * THOUSAND
    return Action(action_id, commune, item, idea, fate, cost)


async def agree_on_actions(year: Year, chapter: Chapter) -> None:
    """The clerk writes down what the meeting proposes; the committee agrees."""

    async def agree(action: Action) -> None:
        plan_id = year.books.plans[action.commune.code]["id"]
        await action.commune.clerk.post("jaap", f"/plans/{plan_id}/actions", _form(year, action))
        action.steps.append("proposed")
        if action.fate != "dropped":
            await action.step(action.commune.jaapc, "agree")
        chapter.advance()

    await asyncio.gather(*(agree(action) for action in year.books.actions))
    first = next(action for action in year.books.actions if action.steps == ["proposed", "agreed"])
    answer = await refusal(first.commune.clerk.post("jaap", f"/actions/{first.id}:finish"))
    year.books.attempts.append(Attempt("finishing an action that never started", "step_not_allowed", answer))


def _form(year: Year, action: Action) -> dict[str, Any]:
    """The action as a line of the plan's form."""
    rng = Random(f"{action.id}/form")
    idea, commune = action.idea, action.commune
    unit = next(unit for unit in commune.units if unit.code == action.agenda_item["unit_code"])
    month = rng.randint(4, 9)
    people = rng.randint(12, 180) * 10
    return {
        "id": action.id,
        "unit_code": unit.code,
        "agenda_item_id": action.agenda_item["id"],
        "title_km": idea.km,
        "title_en": idea.en,
        "proposer": rng.choice(PROPOSERS),
        "target": action.agenda_item["label_km"],
        "location": f"{commune.name_km} / {commune.name_en}",
        "quantity": idea.quantity,
        "quantity_unit": idea.unit,
        "starts_on": date(year.number, month, 1).isoformat(),
        "ends_on": date(year.number, min(12, month + rng.randint(1, 3)), 28).isoformat(),
        "beneficiaries_total": people,
        "beneficiaries_female": round(people * rng.uniform(0.48, 0.56)),
        "cost": action.cost,
        "implementer": f"{unit.name_km} / {unit.name_en}",
        "collaborators": "ក្រុមប្រឹក្សាឃុំ សង្កាត់ / commune council",
        "resources": idea.resources,
    }


async def work(year: Year, chapter: Chapter) -> None:
    """The year goes by: actions start, report progress, are done or dropped."""

    async def carry_out(action: Action) -> None:
        rng = Random(f"{action.id}/work")
        if action.fate.startswith("dropped"):
            await action.step(action.commune.jaapc, "drop", {"reason": rng.choice(DROP_REASONS)})
        elif action.fate != "waiting":
            await _make_progress(action, rng)
        chapter.advance()

    await asyncio.gather(*(carry_out(action) for action in year.books.actions))


async def _make_progress(action: Action, rng: Random) -> None:
    clerk = action.commune.clerk
    await action.step(clerk, "start")
    percent = rng.randint(20, 90)
    note = f"អនុវត្តបាន {percent}% / {percent}% carried out"
    await clerk.post("jaap", f"/actions/{action.id}/progress", {"percent": percent, "note": note})
    if action.fate == "done":
        await action.step(clerk, "finish")
