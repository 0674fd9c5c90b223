"""What a replay is told to do, and its plan: pure arithmetic over the steps' own plans."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DownstreamTasksSkipped

from lake_dags.stages import REPLAYED, scope_of, scope_params

if TYPE_CHECKING:
    from airflow.sdk import Context

    from pipelines.steps import Lake, Scope

log = logging.getLogger(__name__)


def replay_params() -> dict[str, Param]:
    """`scope_params`, and where to begin."""
    return {
        "from": Param(
            "ocr",
            enum=list(REPLAYED),
            title="From",
            description="First stage to run again; those after it follow. Parsing again never reads pages again.",
        ),
        **scope_params(),
        "sweep_days": Param(
            35, type="integer", minimum=1, maximum=3660, title="Sweep", description="Days the nightly sweep looks back."
        ),
        "dry_run": Param(False, type="boolean", title="Dry run", description="Log the plan and its cost, do nothing."),
        "shadow": Param(
            False,
            type="boolean",
            title="Shadow",
            description="Parse again without writing, and report field by field what would change.",
        ),
    }


def plan_replay(params: dict[str, Any], day: str | None, *, sweep: bool) -> dict[str, Any]:
    """The conf of the first stage, the run id that all stages of this replay bear, and what it will cost.

    Args:
        params: As in `replay_params`.
        day: The run's partition key; days in the params win over it.
        sweep: Look back `sweep_days` from `day` and keep only days with pending work.

    Raises:
        AirflowSkipException: A sweep that finds nothing.
        AirflowFailException: Nobody said which days or document.
    """
    from lake_dags.lakes import open_lake

    lake = open_lake()
    conf = {name: params[name] for name in ("from", *scope_params())}
    conf["days"] = list(params["days"]) or ([day] if day else [])
    if conf["document"] and not conf["days"]:
        conf["days"] = [str(conf["document"]).split("/")[0]]
    if not conf["days"]:
        raise AirflowFailException("say which received days to replay: the parameter `days`, or a backfill's dates")
    if sweep:
        conf |= _sweep(lake, date.fromisoformat(conf["days"][-1]), int(params["sweep_days"]))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    run_id = f"replay__{conf['days'][0]}__{conf['from']}__{stamp}"
    return {"conf": conf, "from": conf["from"], "run_id": run_id, "plan": _plan(lake, conf)}


def go_on(context: Context, planned: dict[str, Any]) -> NoReturn:
    """Make the plan this task's value, and skip the branch that is not taken: replaying, or comparing.

    Raises:
        AirflowSkipException: A dry run ends here.
        DownstreamTasksSkipped: Else: so does a task tell Airflow to skip others.
    """
    context["ti"].xcom_push(key="return_value", value=planned)
    if context["params"]["dry_run"]:
        raise AirflowSkipException("dry run: the plan stands in this log, and as this task's XCom")
    raise DownstreamTasksSkipped(tasks=["start", "wait"] if context["params"]["shadow"] else ["compare"])


def _sweep(lake: Lake, newest: date, look_back: int) -> dict[str, Any]:
    """The days up to `newest` that have work, and the first stage that does."""
    days = [newest - timedelta(days=n) for n in range(look_back)]
    waiting = {stage: [day for day in days if _documents(lake, stage, _missing(day))] for stage in REPLAYED}
    first = next((stage for stage in REPLAYED if waiting[stage]), None)
    if first is None:
        raise AirflowSkipException(f"nothing is pending in the {look_back} days up to {newest}")
    return {"from": first, "days": sorted({day.isoformat() for found in waiting.values() for day in found})}


def _missing(day: date) -> Scope:
    from pipelines.steps import Scope

    return Scope(days=(day,))


def _documents(lake: Lake, stage: str, scope: Scope) -> int:
    """How many documents a stage would take on."""
    from pipelines import steps

    if stage == "ocr":
        return sum(len(batch.documents) for batch in steps.plan_reading(lake, scope))
    if stage == "parse":
        return sum(len(batch.documents) for batch in steps.plan_parsing(lake, scope))
    return steps.pending(lake, stage, scope).count


def _plan(lake: Lake, conf: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Stage -> documents, batches and estimated seconds; one line a stage in the log.

    A stage after the first is planned by what stands now: what the first one makes anew comes on top.
    """
    from pipelines import steps

    scope, plan = scope_of(conf), dict[str, dict[str, float]]()
    log.info("replay of %s from %s, mode %s", ", ".join(conf["days"]), conf["from"], conf["mode"])
    for stage, plan_stage in (("ocr", steps.plan_reading), ("parse", steps.plan_parsing)):
        if REPLAYED.index(conf["from"]) <= REPLAYED.index(stage):
            batches = plan_stage(lake, scope)
            documents, seconds = sum(len(b.documents) for b in batches), sum(b.seconds for b in batches)
            log.info("%s: %d documents in %d batches, about %.0f s of work", stage, documents, len(batches), seconds)
            plan[stage] = {"documents": documents, "batches": len(batches), "seconds": round(seconds, 1)}
    for stage in ("silver", "gold"):
        if REPLAYED.index(conf["from"]) <= REPLAYED.index(stage):
            waiting = steps.pending(lake, stage, scope).count
            log.info("%s: %d %s", stage, waiting, "documents" if stage == "silver" else "files of changed months")
            plan[stage] = {"pending": waiting}
    return plan


def shadow(conf: dict[str, Any]) -> dict[str, Any]:
    """What parsing the replay's documents again would change, told in the log field by field; writes nothing."""
    from lake_dags.lakes import open_lake
    from pipelines import steps

    report = steps.shadow_parse(open_lake(), scope_of(conf))
    for difference in report.differences:
        log.info("%s", difference.line())
    for document, reason in report.failed:
        log.warning("%s would fail: %s", document, reason)
    log.info("%s", report.line())
    return report.to_json()
