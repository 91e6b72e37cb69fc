"""Counterexamples as tables by member."""

from __future__ import annotations

import json

import pytest
import sample_results as sample
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting import html
from conformance.reporting.casediff import tables
from conformance.reporting.flattening import flattened
from conformance.verdict import Verdict

REVISION = "arn:aws:ecs:us-east-1:123456789012:service-revision/default/web/"


def request(**members):
    """The body of a request."""
    return json.dumps({"serviceArn": sample.ARN, **members})


def update(answer=None, *, role="judged", status=200, **members):
    """An update and its answer, by default one with this configuration."""
    body = json.dumps({"service": {"serviceArn": sample.ARN, "targetConfiguration": answer}})
    return sample.exchange(request(**members), role=role, answer=body if answer else "{}", status=status)


def describe(role, arn=sample.ARN, service=None, **members):
    """A Describe with one configuration."""
    found = {"serviceArn": arn, **(service or {}), "activeConfigurations": [members]}
    answer = json.dumps({"service": found})
    body = json.dumps({"serviceArn": arn})
    operation = "DescribeExpressGatewayService"
    return sample.exchange(body, role=role, answer=answer, status=200, operation=operation)


def one(*exchanges, about=""):
    """The only table of a counterexample."""
    (table,) = tables(sample.counterexample(*exchanges), about)
    return table


def fates(table):
    """What became of each member shown: sign, words, and whether that is odd."""
    return {row.path: (row.sign, row.words, row.odd) for row in table.rows}


def shown(table, path):
    """The values of a member; None where it is absent."""
    (row,) = [row for row in table.rows if row.path == path]
    return [None if cell.absent else cell.text for cell in row.cells]


def test_what_was_not_to_change_stands_first():
    """A member that the request leaves out and that changed is odd; what was asked for is not."""
    before = {"cpu": "2048", "memory": "4096", "taskRoleArn": "r"}
    after = {"cpu": "256", "memory": "5120", "taskRoleArn": "r"}
    table = one(describe("before", **before), update(after, memory="5120"), describe("after", **after))
    assert table.columns == ("Before", "Request", "After")
    assert list(fates(table).items()) == [
        ("cpu", ("≠", "changed, though not asked for", True)),
        ("memory", ("✓", "set as asked", False)),
    ]
    assert shown(table, "cpu") == ['"2048"', None, '"256"']
    assert table.alike == 1


@pytest.mark.parametrize(
    ("before", "asked", "after", "fate"),
    [
        ({"cpu": "1"}, {}, {}, ("-", "lost, though not asked for", True)),
        ({}, {}, {"cpu": "1"}, ("+", "new, though not asked for", True)),
        ({"cpu": "1"}, {"cpu": None}, {"cpu": "2"}, ("≠", "changed, though not asked for", True)),
        ({"cpu": "1"}, {"cpu": None}, {"cpu": "1"}, ("=", "as before", False)),
        ({"cpu": "1"}, {"cpu": "2"}, {"cpu": "1"}, ("✗", "not set: as before", True)),
        ({"cpu": "1"}, {"cpu": "2"}, {"cpu": "3"}, ("✗", "set, but not as asked", True)),
        ({"cpu": "1"}, {"cpu": "2"}, {}, ("✗", "not shown", True)),
        ({"cpu": "1"}, {"cpu": "1"}, {"cpu": "1"}, ("=", "as asked, and as before", False)),
        ({}, {"cpu": "1"}, {"cpu": "1"}, ("✓", "set as asked", False)),
        ({"cpu": "1"}, {"cpu": True}, {"cpu": 1}, ("✗", "set, but not as asked", True)),
    ],
)
def test_fates(before, asked, after, fate):
    """Every way in which a member can come out of an update has its sign and words."""
    entry = {"memory": "1"}
    table = one(
        describe("before", **entry, **before),
        update({**entry, **after}, memory="1", **asked),
        describe("after", **entry, **after),
    )
    assert fates(table)["cpu"] == fate


def test_absent_and_null_are_not_the_same():
    """A null in a request is shown as one, what is absent is said to be absent."""
    table = one(describe("before", cpu="1"), update({"cpu": "1"}, cpu=None))
    assert shown(table, "cpu") == ['"1"', "null", '"1"']
    assert "<code>null</code>" in _rendered(describe("before", cpu="1"), update({"cpu": "1"}, cpu=None))
    assert 'data-label="Request"><span class="quiet">absent</span>' in _rendered(
        describe("before", cpu="1"), update({"cpu": "2"}, memory="1")
    )


def test_elements_are_told_apart_by_their_names():
    """An environment variable has its name in its path, so that an order says nothing."""
    before = {
        "primaryContainer": {"environment": [{"name": "A", "value": "1"}, {"name": "LOG", "value": "x"}]}
    }
    after = {
        "primaryContainer": {"environment": [{"name": "LOG", "value": "y"}, {"name": "A", "value": "1"}]}
    }
    table = one(describe("before", **before), update(after, cpu="1"))
    assert fates(table)["primaryContainer.environment[LOG].value"][1] == "changed, though not asked for"
    assert len(table.rows) == 2


def test_a_list_that_is_supplied_may_replace_the_one_before():
    """Whether elements that the request does not have stay or go is open, so neither is odd by itself."""

    def listing(*names):
        return {"primaryContainer": {"environment": [{"name": name, "value": "1"} for name in names]}}

    gone = one(describe("before", **listing("A", "B")), update(listing("A"), **listing("A")))
    path = "primaryContainer.environment[B].value"
    assert fates(gone)[path] == ("-", "gone with the list before", False)
    kept = one(describe("before", **listing("A", "B")), update(listing("A", "B"), **listing("A")))
    assert fates(kept)[path] == ("+", "still there from the list before", False)
    about = "reflect/primaryContainer.environment"
    kept = one(
        describe("before", **listing("A", "B")), update(listing("A", "B"), **listing("A")), about=about
    )
    assert kept.rows[0].path == path
    assert kept.rows[0].odd


def test_a_refused_update_is_to_change_nothing():
    """Whatever the request asked for, a change after its refusal is odd."""
    table = one(describe("before", cpu="1"), update(status=400, cpu="2"), describe("after", cpu="2"))
    assert fates(table) == {"cpu": ("≠", "changed, though the update was refused", True)}


def test_another_service_is_to_stay_as_it_is():
    """If the Describe is of a service that the request does not name, what changed there is odd."""
    other = sample.ARN + "2"
    table = one(
        describe("before", other, cpu="1"), update({"cpu": "2"}, cpu="2"), describe("after", other, cpu="2")
    )
    assert fates(table)["cpu"] == ("≠", "changed, though the request names another service", True)


def test_what_is_new_with_each_revision_is_no_difference():
    """A revision's ARN is told in a note, unless the requirement is about it."""
    old, new = ({"cpu": "1", "serviceRevisionArn": REVISION + n, "taskDefinitionArn": n} for n in "12")
    before, after = describe("before", **old), update({**new, "cpu": "2"}, cpu="2")
    table = one(before, after)
    assert table.anew == ("serviceRevisionArn", "taskDefinitionArn")
    assert list(fates(table)) == ["cpu"]
    table = one(before, after, about="preserve/taskDefinitionArn")
    assert fates(table)["taskDefinitionArn"] == ("≠", "changed", True)


def test_an_answer_that_is_not_what_describe_shows_has_a_column():
    """It is odd where the answer shows another value than was asked for and is then so."""
    table = one(describe("before", cpu="1"), update({"cpu": "1"}, cpu="2"), describe("after", cpu="2"))
    assert table.columns == ("Before", "Request", "Answer", "After")
    assert fates(table)["cpu"] == ("✗", "set as asked, but not shown so in the answer", True)


def test_an_answer_alone_proves_no_loss():
    """What the answer leaves out may be there all the same; it is counted, unless it is the very subject."""
    before = describe("before", cpu="1", memory="1", environment=[{"name": "A", "value": "1"}])
    table = one(before, update({"memory": "2", "cpu": None}, memory="2"))
    assert list(fates(table)) == ["memory"]
    assert table.unseen == 2
    about = one(before, update({"memory": "2"}, memory="2"), about="preserve/cpu")
    assert fates(about)["cpu"] == ("?", "no value in the answer", True)
    shown_list = one(before, update({"memory": "2", "environment": []}, memory="2"))
    assert fates(shown_list)["environment[A].value"] == ("-", "lost, though not asked for", True)
    nothing = sample.exchange(request(memory="2"), answer='{"service": {}}', status=200)
    assert fates(one(nothing))["memory"] == ("?", "not in the answer", False)
    assert fates(one(nothing, about="reflect/memory"))["memory"] == ("?", "not in the answer", True)
    no_list = one(before, update({"memory": "2", "environment": None}, memory="2"))
    assert list(fates(no_list)) == ["memory"]


def test_of_the_service_only_two_describes_are_compared():
    """The answer may have other forms; between Describes a change is odd, save the time of the update."""
    exchanges = [
        describe(
            "before", service={"cluster": "c", "updatedAt": 1, "status": {"statusCode": "ACTIVE"}}, cpu="1"
        ),
        update({"cpu": "2"}, cpu="2"),
        describe(
            "after", service={"cluster": "d", "updatedAt": 2, "status": {"statusCode": "ACTIVE"}}, cpu="2"
        ),
    ]
    table = one(*exchanges)
    assert fates(table)["service.cluster"] == ("≠", "changed, though not asked for", True)
    assert table.anew == ("service.updatedAt",)
    assert list(fates(one(*exchanges[:2]))) == ["cpu"]


def test_a_rejected_request_is_compared_with_its_valid_twin():
    """Only the members in which they differ are rows."""
    twin = update({"cpu": "1"}, role="twin", cpu="256", memory="512", taskRoleArn="r")
    table = one(twin, update(status=400, cpu=256, memory="512", healthCheckPath="/"))
    assert table.columns == ("Valid twin", "Request")
    assert fates(table) == {
        "cpu": ("≠", "differs", True),
        "taskRoleArn": ("-", "left out", True),
        "healthCheckPath": ("+", "added", True),
    }
    assert shown(table, "cpu") == ['"256"', "256"]
    assert table.alike == 2


def test_two_elements_of_one_name_are_two_rows():
    """A duplicate, which is the defect, does not hide in its path."""
    element = {"name": "A", "value": "x"}
    assert list(flattened({"environment": [element, element]})) == [
        "environment[A].value",
        "environment[A#2].value",
    ]


def test_the_request_between_two_describes_is_the_cause():
    """Where a later exchange is judged, the table is about the update that was sent in between."""
    exchanges = [
        describe("before", cpu="1"),
        update({"cpu": "2"}, role="cause", cpu="2"),
        describe("judged", cpu="1"),
    ]
    assert fates(one(*exchanges))["cpu"][1] == "not set: as before"


def test_a_concurrent_history_has_no_table():
    """There is no one before and after of what happens at the same time."""
    assert tables(sample.counterexample({**update({"cpu": "2"}, cpu="2"), "group": 1})) == []


def test_long_tables_and_values_are_cut_with_a_note():
    """What is odd stays; how many rows are missing is said."""
    asked = {f"m{number}": "x" for number in range(60)} | {"odd": "y" * 5000}
    table = one(describe("before", cpu="1"), update(**asked), describe("after", **{**asked, "odd": 1}))
    assert (len(table.rows), table.left_out) == (25, 37)
    assert table.rows[0].path in ("cpu", "odd")
    assert "160 of" in next(cell.note for row in table.rows for cell in row.cells if cell.note)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["service", "targetConfiguration", "activeConfigurations", "name", "cpu", "body", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
CONFIGURATIONS = ANYTHING | st.dictionaries(st.sampled_from(["cpu", "createdAt", "x.y"]), ANYTHING)
SERVICES = ANYTHING | st.fixed_dictionaries(
    {},
    optional={
        "targetConfiguration": CONFIGURATIONS,
        "activeConfigurations": ANYTHING | st.lists(CONFIGURATIONS, max_size=2),
        "updatedAt": ANYTHING,
    },
)
BODIES = st.one_of(
    ANYTHING,
    ANYTHING.map(json.dumps),
    CONFIGURATIONS.map(json.dumps),
    SERVICES.map(lambda service: json.dumps({"service": service})),
    st.binary(max_size=9).map(lambda body: {"base64": body.hex()}),
)
MESSAGES = ANYTHING | st.fixed_dictionaries({}, optional={"status": ANYTHING, "body": BODIES})
ROLES = ["twin", "before", "cause", "judged", "after"]
LOOSE = st.lists(
    ANYTHING
    | st.fixed_dictionaries(
        {"role": st.sampled_from(ROLES) | ANYTHING}, optional={"request": MESSAGES, "response": MESSAGES}
    ),
    max_size=5,
)
REQUESTS = CONFIGURATIONS.map(json.dumps) | BODIES
ANSWERS = SERVICES.map(lambda service: json.dumps({"service": service}))


@st.composite
def well_formed(draw):
    """Exchanges that have the form of exchanges, with anything in their bodies."""
    return [
        {
            "role": role,
            "request": {"operation": "UpdateExpressGatewayService", "body": draw(REQUESTS)},
            "response": {"status": 200, "body": draw(ANSWERS)},
        }
        for role in ROLES
        if role == "judged" or draw(st.booleans())
    ]


@given(LOOSE | well_formed() | well_formed(), st.sampled_from(["", "preserve/cpu", "x"]))
def test_garbage_makes_no_error(exchanges, about):
    """Whatever stands in the place of exchanges, there are tables or none."""
    for table in tables(sample.counterexample(*exchanges), about):
        assert table.rows


def _rendered(*exchanges):
    example = sample.counterexample(*exchanges)
    result = sample.requirement("preserve/x", Verdict.FAIL, violated=1, counterexample=example)
    return html.render(sample.results(requirements=(result,)))


def test_hostile_values_are_inert():
    """Markup and control characters of names and values are shown, and act on nothing."""
    hostile = describe("before", **{sample.HOSTILE: sample.HOSTILE})
    text = _rendered(hostile, update({"cpu": "1"}, cpu="1"), describe("after", cpu="1"))
    row = text[text.index('<tr role="row" class="odd">') :].partition("</tr>")[0]
    assert "&lt;script&gt;" in row
    assert sample.MARKUP not in text
    assert "\x1b" not in text
    assert "⟨U+202E⟩" in row
