"""The badge: the same words and colour for shields.io and as a picture of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import sample_results as sample

from conformance.model import OPERATION
from conformance.reporting import FORMATS
from conformance.reporting.badge_svg import COLORS, LABEL_COLOR, TEXT_COLOR, picture
from conformance.schemas import schema
from conformance.verdict import Verdict

SVG = "{http://www.w3.org/2000/svg}"
RUNS = {
    "pass": sample.only(Verdict.PASS, Verdict.PASS),
    "fail": sample.only(Verdict.PASS, Verdict.FAIL),
    "diverges": sample.only(Verdict.PASS, Verdict.DIVERGES),
    "flaky": sample.only(Verdict.PASS, Verdict.FLAKY),
    "known": sample.results(requirements=(sample.requirement("a/b", Verdict.FAIL, known="issue 1"),)),
    "incomplete": sample.only(Verdict.PASS, complete=False),
    "nothing": sample.only(Verdict.NOT_EXERCISED),
    "unsupported": sample.only(target=replace(sample.results().target, supported=False)),
}


def luminance(color):
    """The relative luminance of a colour, by WCAG 2."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The contrast of two colours, by WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_rightly():
    """White on black has the contrast 21, and white on GitHub's old green too little."""
    assert round(contrast("#ffffff", "#000000"), 2) == 21
    assert contrast("#ffffff", "#44cc11") < 3


@pytest.mark.parametrize("color", [LABEL_COLOR, *COLORS.values()])
def test_the_text_can_be_read(color):
    """White text on every colour has the contrast that WCAG AA asks for."""
    assert contrast(TEXT_COLOR, color) >= 4.5


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_picture_says_what_the_document_says(run):
    """The words, the colour and the text alternative are those of badge.json, which follows its schema."""
    told = json.loads(FORMATS["badge.json"](run))
    jsonschema.validate(told, schema("badge"), cls=jsonschema.Draft202012Validator)
    root = ET.fromstring(FORMATS["badge.svg"](run))
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == f"{OPERATION}: {told['message']}"
    assert [text.text for text in root.iter(f"{SVG}text")] == [OPERATION, told["message"]]
    assert root.find(f"{SVG}path").get("fill") == COLORS[told["color"]]


def test_every_colour_is_one_of_the_schema():
    """A colour that badge.json may have is one that the picture has."""
    assert set(COLORS) == set(schema("badge")["properties"]["color"]["enum"])


def test_the_parts_fit():
    """The texts stand side by side within the picture, whatever their length."""
    for message in ("1 fail", "371/371 pass", "1,234/1,300 pass, 12 known"):
        root = ET.fromstring(picture("label", message, "#123456"))
        label, text = root.iter(f"{SVG}text")
        end = int(text.get("x")) + int(text.get("textLength"))
        assert int(label.get("x")) + int(label.get("textLength")) < int(text.get("x"))
        assert end < int(root.get("width"))


def test_nothing_comes_from_elsewhere():
    """No font, script or picture is loaded, and no word becomes markup."""
    text = picture(sample.MARKUP, sample.HOSTILE, "#123456")
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(text).iter()}
    assert tags == {"svg", "title", "rect", "path", "g", "text"}
    assert not {"href", "url(", "@import", "<script", "<style"} & set(text.split('"'))
    assert text.replace("\n", "").isprintable()
