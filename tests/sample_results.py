"""A run that has everything a report can meet: every verdict, known deviations, and a hostile target."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from conformance.model import OPERATION, content_type, target_header
from conformance.presence import Presence
from conformance.requirement import Citation
from conformance.results import (
    Counterexample,
    Counts,
    RequirementResult,
    Results,
    ScenarioResult,
    SuiteIdentity,
    TargetIdentity,
)
from conformance.verdict import Evidence, Verdict

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
PAGE = Citation(
    document="UpdateExpressGatewayService",
    section="Request Parameters, scalingTarget",
    url="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateExpressGatewayService.html",
)
MARKUP = "<script>alert('owned')</script><img src=x onerror=alert(1)>"
HOSTILE = f"{MARKUP} \x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u2066 a\x00b\ufffe\u200b"
HEADERS = [
    ["Content-Type", content_type()],
    ["X-Amz-Target", target_header(OPERATION)],
    ["Host", "127.0.0.1:4566"],
    ["X-Amz-Date", "20261123T034110Z"],
    ["Authorization", "(redacted)"],
    ["Content-Length", "0"],
]


def exchange(body, *, role="judged", answer='{"message": "no"}', status=400, **request):
    """An exchange as results.json has it; bytes that are no UTF-8 become base64."""
    if isinstance(body, bytes):
        body = {"base64": base64.b64encode(body).decode()}
    document = {
        "id": 7,
        "role": role,
        "scenario": "updates/near-misses",
        "case": 3,
        "phase": "convict",
        "started": 1795405270.5,
        "elapsed": 0.042,
        "request": {
            "operation": OPERATION,
            "method": "POST",
            "path": "/",
            "headers": HEADERS,
            "body": body,
        }
        | request,
    }
    if status:
        headers = [["Content-Type", content_type()], ["x-amzn-RequestId", "4f6d1a52"]]
        document["response"] = {"status": status, "headers": headers, "body": answer}
    else:
        document["failure"] = {"kind": "timeout", "message": answer}
    return document


def counterexample(*exchanges, **changes):
    """A counterexample around these exchanges."""
    example = Counterexample(
        scenario="updates/near-misses",
        case={"omit": ["cpu"], "scalingTarget": {"minTaskCount": 2}},
        shrunk=True,
        expected="the scaling metric stays AVERAGE_CPU, because the request does not name it",
        observed="the scaling metric is absent from the next answer",
        exchanges=list(exchanges),
    )
    return replace(example, **changes)


def requirement(id_, verdict, evidence=Evidence.DOCUMENTED, **changes):
    """The result of one requirement."""
    result = RequirementResult(
        id=id_,
        title=f"The sentence of {id_}.",
        topic=id_.partition("/")[0],
        evidence=evidence,
        verdict=verdict,
        judged=40,
        citations=(PAGE,),
        exercised_by=("updates/presence", "updates/near-misses"),
    )
    return replace(result, **changes)


def service(**members):
    """The body of an accepted answer."""
    configuration = {"cpu": "256", "memory": "512", "scalingTarget": {"minTaskCount": 1, "maxTaskCount": 4}}
    document = {
        "serviceArn": ARN,
        "status": {"statusCode": "ACTIVE"},
        "targetConfiguration": configuration | members,
    }
    return json.dumps({"service": document})


def preservation_example():
    """A counterexample with all four roles."""
    request = json.dumps({"serviceArn": ARN, "scalingTarget": {"minTaskCount": 2}})
    metric = {"scalingTarget": {"minTaskCount": 1, "maxTaskCount": 4, "autoScalingMetric": "AVERAGE_CPU"}}
    lost = {"scalingTarget": {"minTaskCount": 2, "maxTaskCount": 4}}
    return counterexample(
        exchange(json.dumps({"serviceArn": ARN}), role="twin", answer=service(), status=200),
        exchange(json.dumps({"serviceArn": ARN}), role="before", answer=service(**metric), status=200),
        exchange(request, answer=service(**lost), status=200),
        exchange(json.dumps({"serviceArn": ARN}), role="after", answer=service(**lost), status=200),
    )


def hostile_example():
    """A counterexample whose every text comes from an enemy."""
    body = json.dumps({"serviceArn": ARN, "cpu": HOSTILE}, ensure_ascii=False)
    return counterexample(
        exchange(body, answer=HOSTILE, status=200),
        exchange("x" * 100_000, role="before", answer='{"a":"' + MARKUP * 2_000 + '"}', status=200),
        exchange(b"\xff\x00\xfe" + MARKUP.encode(), role="after", answer=HOSTILE, status=0),
        scenario=HOSTILE,
        case={"drawn": HOSTILE, "surrogate": "\ud800"},
        expected=HOSTILE,
        observed=HOSTILE + "y" * 5_000,
        reproduce={"curl": HOSTILE, "aws": None, "boto3": "z" * 50_000, "replay": "replay it"},
    )


def requirements():
    """Every verdict, some of them twice, in three topics and one that is hostile."""
    example = preservation_example()
    return (
        requirement("preservation/scaling-metric", Verdict.FAIL, violated=12, counterexample=example),
        requirement(
            "errors/unknown-service",
            Verdict.FAIL,
            violated=3,
            known="upstream issue 12",
            counterexample=example,
        ),
        requirement("errors/inactive-service", Verdict.PASS, known="fixed upstream"),
        requirement("errors/message", Verdict.PASS, Evidence.PROTOCOL),
        requirement("response/cpu", Verdict.PASS, Evidence.MODELLED),
        requirement(
            "response/range", Verdict.DIVERGES, Evidence.INFERRED, tolerated=4, counterexample=example
        ),
        requirement(
            "response/order", Verdict.FLAKY, violated=1, note="1 of 3 replays", counterexample=example
        ),
        requirement(
            "preservation/partial-scaling",
            Verdict.INFORMATIONAL,
            Evidence.OPEN,
            behaviours={"a partial scalingTarget resets the metric": 9, "it keeps the metric": 2},
        ),
        requirement(
            "access/denied", Verdict.NOT_EXERCISED, judged=0, exercised_by=(), note="needs a second principal"
        ),
        requirement("access/unsupported", Verdict.UNSUPPORTED, judged=0, exercised_by=()),
        requirement(
            f"hostile/{MARKUP} \x1b[0m",
            Verdict.FAIL,
            Evidence.CHARTER,
            title=HOSTILE,
            violated=1,
            note=HOSTILE,
            citations=(Citation(document=HOSTILE, section=HOSTILE, url="javascript:alert(1)"),),
            exercised_by=(HOSTILE,),
            counterexample=hostile_example(),
        ),
    )


def presence():
    """Subsets of every fate, of members of which one has a hostile name."""
    members = ("cpu", "memory", "scalingTarget", HOSTILE.replace("\x00", ""), "taskDefinitionArn")
    some = dict.fromkeys
    return Presence(
        members,
        sent=some(range(20), 1),
        accepted=some(range(9), 2),
        described=some(range(8), 1),
        kept=some(range(8), 16),
        lost={1: 2, 3: 4},
        undone={4: 4},
        refused=some(range(9, 12), 1),
        faulted=some(range(12, 14), 1),
        excluded={17: 1},
        breached={18: 1},
    )


def results(**changes):
    """The run; keyword arguments replace its fields."""
    run = Results(
        target=TargetIdentity(
            name="ministack", kind="url", endpoint="http://127.0.0.1:4566", region="us-east-1"
        ),
        suite=SuiteIdentity(
            version="0.1.0", botocore="1.44.5", hypothesis="6.170.15", seed=7, effort="standard"
        ),
        started_at="2026-11-23T03:41:10Z",
        finished_at="2026-11-23T03:42:15Z",
        complete=True,
        counts=Counts(exchanges=4812, updates_accepted=1900, updates_rejected=1300, presence_subsets=1024),
        requirements=requirements(),
        scenarios=(
            ScenarioResult(
                id="updates/presence", title="every presence subset", cases=1024, exchanges=3072, seconds=21.5
            ),
            ScenarioResult(
                id="updates/near-misses", title="one defect each", cases=300, exchanges=1740, seconds=9.5
            ),
        ),
        drift=("request member cpuArchitecture: in botocore 1.44.5, not on the API page",),
        presence=presence(),
    )
    return replace(run, **changes)


def only(*verdicts, **changes):
    """A run whose requirements have just these verdicts."""
    listed = tuple(requirement(f"topic/r{number}", verdict) for number, verdict in enumerate(verdicts))
    return results(requirements=listed, **changes)
