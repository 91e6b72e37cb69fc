"""Which paths, images, environment variables and task definitions an update takes."""

from __future__ import annotations

from conformance.questions.question import Question, Recipe
from conformance.questions.reading import tabled
from conformance.questions.shapes import names_in_order, switched_back
from conformance.questions.trying import changed, values, without
from strategies.baselines import baseline
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, TASK_DEFINITION

_PATH = "healthCheckPath"
_IMAGE = "primaryContainer.image"
_ENVIRONMENT, _SECRETS = "primaryContainer.environment", "primaryContainer.secrets"
_DEFINITION = "taskDefinitionArn"
_EXCLUDED = tuple(name for name in EXCLUDED_BY_TASK_DEFINITION if name in baseline())
_MIXED = ("b", "A", "a", "B", "_c", "C")


def _variables(*pairs: tuple[str | None, str | None]) -> list[dict[str, str]]:
    named = ({"name": name, "value": value} for name, value in pairs)
    return [{key: text for key, text in each.items() if text is not None} for each in named]


def _environments() -> dict[str, Recipe]:
    return {
        "an empty name": changed({_ENVIRONMENT: _variables(("", "v"))}),
        "no name": changed({_ENVIRONMENT: _variables((None, "v"))}),
        "no value": changed({_ENVIRONMENT: _variables(("CONFORMANCE", None))}, dear=True),
        "the same name twice": changed({_ENVIRONMENT: _variables(("TWICE", "1"), ("TWICE", "2"))}),
        "the name of a secret, too": changed(
            {_ENVIRONMENT: _variables(("SECRET_BASELINE_ONE", "v"))}, dear=True
        ),
        "an empty value": changed({_ENVIRONMENT: _variables(("CONFORMANCE", ""))}, dear=True),
        "500 variables": changed(
            {_ENVIRONMENT: _variables(*((f"CONFORMANCE_{n}", "v") for n in range(500)))}, dear=True
        ),
    }


QUESTIONS = (
    Question(
        id="container-without-image",
        theme="containers",
        asks="How does an update refuse a container without an image, which clients do not let through?",
        informs=("reject-*/primaryContainer*", "clear/primaryContainer-empty-object"),
        read=tabled(_IMAGE),
        tries={"no image": without(_IMAGE), "an empty container": changed({"primaryContainer": {}})},
    ),
    Question(
        id="health-check-paths",
        theme="texts",
        asks="Which health check paths does an update take?",
        informs=("reject-*/healthCheckPath*", "clear/healthCheckPath-empty-string"),
        read=tabled(_PATH),
        tries={
            **values(_PATH, "health", "http://localhost/", "/" + "a" * 1024),
            **values(_PATH, dear=("/health?deep=1", "/a b", "/a#fragment", "/é", "/" + "a" * 1023)),
        },
        spends="updates",
    ),
    Question(
        id="environment-lists",
        theme="environment",
        asks="Which lists of environment variables does an update take?",
        informs=("reject-*/primaryContainer*", "merge/primaryContainer.environment"),
        read=tabled(_ENVIRONMENT),
        tries=_environments(),
        spends="updates",
    ),
    Question(
        id="environment-order",
        theme="environment",
        asks="In which order do answers show environment variables whose names have letters of either case?",
        informs=("merge/primaryContainer.environment", "reflect/primaryContainer*"),
        read=names_in_order(_ENVIRONMENT),
        tries={
            "letters of either case": changed(
                {_ENVIRONMENT: _variables(*((f"{name}X", "v") for name in _MIXED))}, dear=True
            ),
            "beyond ASCII": changed(
                {_ENVIRONMENT: _variables(("É", "v"), ("z", "v"), ("Z", "v"))}, dear=True
            ),
        },
        spends="updates",
    ),
    Question(
        id="task-definitions",
        theme="task definitions",
        asks="How does an update refuse a task definition that is unknown or has a defect, and one beside "
        "what it excludes?",
        informs=("exclusion/*", "task-definition/*", "clear/taskDefinitionArn-empty-string"),
        read=tabled(),
        tries={
            "unknown": {"do": "task-definition", "variant": "unknown"},
            "a text that is no ARN": {"do": "extend", "members": {_DEFINITION: "not an arn!"}},
            **{
                f"beside {name}": {
                    "do": "extend",
                    "members": {_DEFINITION: TASK_DEFINITION},
                    "with": [name],
                }
                for name in _EXCLUDED
            },
            **{
                words: {"do": "task-definition", "variant": variant}
                for variant, words in (
                    ("main-container", "without a container Main"),
                    ("single-port-mapping", "with two port mappings"),
                    ("port-name", "with a port without a name"),
                    ("fargate", "not for Fargate"),
                )
            },
        },
    ),
    Question(
        id="task-definition-and-back",
        theme="task definitions",
        asks="Does an update lead back from a customer's task definition to a container?",
        informs=("clear/taskDefinitionArn-empty-string",),
        read=switched_back,
        tries={"there and back": {"do": "there-and-back", "dear": True}},
        spends="updates",
        last=True,
    ),
    Question(
        id="images",
        theme="texts",
        asks="Which image references does an update refuse at once? (Others fail later, in a deployment.)",
        informs=("reject-*/primaryContainer*",),
        read=tabled(_IMAGE),
        tries={
            **values(_IMAGE, "", "with space/image:1", "a" * 256, dear=("UPPER/case:1",)),
            "a digest that is too short": changed({_IMAGE: "nginx@sha256:abc"}),
        },
        spends="updates",
    ),
)
