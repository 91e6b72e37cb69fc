"""Targets that answer garbage, and requests that are garbage: judged, and never a fault of the suite."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced
from streams import ARN, CONFIG, DEFINITION, OTHER, ROLE, Stream, service

from conformance import model
from strategies.baselines import baseline

PORT = {"containerPort": 80, "name": "web"}
MAIN = {"name": "Main", "image": "i", "portMappings": [PORT]}
FARGATE = {"requiresCompatibilities": ["FARGATE"]}

STORY = [
    (model.REGISTER_TASK_DEFINITION, {"containerDefinitions": [MAIN], **FARGATE}),
    (model.CREATE, {"serviceName": "web", **baseline()}),
    (model.CREATE, {"serviceName": "api"}),
    (model.DESCRIBE, {"serviceArn": OTHER, "include": ["TAGS"]}),
    (model.DESCRIBE, {"serviceArn": ARN, "include": ["TAGS"]}),
    (model.OPERATION, {"serviceArn": ARN, **baseline()}),
    (model.DESCRIBE, {"serviceArn": ARN, "include": ["TAGS"]}),
    (model.DESCRIBE, {"serviceArn": OTHER, "include": ["TAGS"]}),
    (model.OPERATION, {"serviceArn": ARN, "taskDefinitionArn": DEFINITION}),
    (model.DESCRIBE, {"serviceArn": ARN, "include": ["TAGS"]}),
    (model.OPERATION, {"serviceArn": ARN, "scalingTarget": {"maxTaskCount": 3}}),
    (model.DESCRIBE, {"serviceArn": ARN, "include": ["TAGS"]}),
    (model.DELETE, {"serviceArn": OTHER}),
    (model.OPERATION, {"serviceArn": OTHER, "cpu": "256"}),
]
SHOWN = [CONFIG, {**CONFIG, "serviceRevisionArn": "r/2", "createdAt": 2, "ingressPaths": []}]
ANSWERS = [
    {"taskDefinition": {"taskDefinitionArn": DEFINITION, "compatibilities": ["FARGATE"]}},
    *[
        {
            "service": service(
                members.get("serviceArn", ARN),
                activeConfigurations=SHOWN,
                targetConfiguration=SHOWN[number % 2],
                infrastructureRoleArn=ROLE,
                tags=[{"key": "k", "value": "v"}],
            )
        }
        for number, (_, members) in enumerate(STORY[1:])
    ],
]
DOCUMENT = [[members, answer] for (_, members), answer in zip(STORY, ANSWERS, strict=True)]
EDITS = st.lists(st.tuples(st.sampled_from(sorted(paths(DOCUMENT), key=str)), VALUES), min_size=1, max_size=3)


def tell(document):
    """Let a judge see the story with these requests and answers."""
    stream = Stream()
    for (operation, _), entry in zip(STORY, document, strict=True):
        members, answer = entry
        body = json.dumps(members).replace("Infinity", "1e999").encode()
        raw = json.dumps(answer).replace("Infinity", "1e999").encode()
        later = operation == model.OPERATION and len(stream.exchanges) > 5
        stream.send(operation, body, raw, twin=stream.exchanges[5] if later else None)
    return stream.judged()


@given(EDITS)
@example([((6, 1, "service", "createdAt"), 10**400)])
@example([((9, 1, "service", "activeConfigurations", 1, "cpu"), "²"), ((10, 0, "memory"), "512")])
@example([((9, 1, "service", "activeConfigurations", 1, "scalingTarget"), "x")])
@example([((5, 1, "service", "targetConfiguration", "serviceRevisionArn"), [])])
@example([((4, 0, "include"), 5)])
@example([((0, 0, "containerDefinitions"), 5)])
@example([((5, 0, "networkConfiguration"), {"x": 5})])
def test_no_garbage_makes_an_oracle_fail(edits):
    """Any JSON value anywhere in requests and answers is judged without a fault of the suite."""
    document = DOCUMENT
    for path, value in edits:
        known = {*paths(document)}
        if len(path) > 2 and (path in known or path[:-1] in known):
            try:
                document = replaced(document, path, value)
            except (AttributeError, IndexError, KeyError, TypeError):
                continue  # an edit before took away the place of this one
    tally = tell(document).tally
    assert tally.errors == set()
    json.dumps(tally.to_json(), ensure_ascii=False).encode()


@given(st.lists(VALUES | st.binary(max_size=9), min_size=len(STORY), max_size=len(STORY)))
def test_answers_of_garbage_alone_are_judged(answers):
    """A target whose every answer is some JSON value, or no JSON, is judged without a fault of the suite."""
    stream = Stream()
    for (operation, members), answer in zip(STORY, answers, strict=True):
        raw = (
            answer if isinstance(answer, bytes) else json.dumps(answer).replace("Infinity", "1e999").encode()
        )
        stream.send(operation, members, raw)
    assert stream.judged().tally.exchanges == len(STORY)


def test_the_story_itself_says_much():
    """The story that is garbled concerns most of the catalogue, so that the garbage reaches the oracles."""
    assert len(tell(DOCUMENT).tally.counts) > 150
