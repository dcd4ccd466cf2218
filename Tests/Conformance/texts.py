"""The API's rules for texts, as far as they go beyond the document's schemas.

A schema says how long a text may be and which pattern or format it has. The API trims a text before it measures it,
counts characters where a schema counts code points, takes a blank text for none where a member may be `null`, refuses
control characters, and knows more about formats. Generated requests are adjusted to these rules here, so that one that
is meant to be right is right, and one that is meant to be wrong is wrong.
"""

import datetime
import functools
import json
import re
import unicodedata

import jsonschema_rs
from hypothesis import strategies as st

# The characters that Unicode calls `White_Space`; `str.strip` without an argument takes four control characters more.
WIDE_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
WHITE_SPACE = f"\t\n\v\f\r \u0085\u00a0\u1680{WIDE_SPACES}\u2028\u2029\u202f\u205f\u3000"
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_CHARACTERS_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# The members that may have tabs and line breaks.
MEMBERS_WITH_LINES = {"memo", "clinical_notes", "directions"}
# Secrets and ids of OAuth, which the API compares as they are.
OPAQUE_MEMBERS = {"client_id", "client_secret", "refresh_token", "setup_token", "token"}
# The most combining marks in a row.
MARK_RUN_LIMIT = 30
# The most code points that count as one character.
CODE_POINTS_PER_CHARACTER = 8
# Makes any text too long for every member.
EXCESS = "x" * 5_000
# The same for parameters in the query, whose texts are shorter.
QUERY_EXCESS = "x" * 500


# --- Formats --------------------------------------------------------------------------------------------------------

NAME_SIGNS = " -'\u2010\u2011\u2019"
LETTER_CATEGORIES = ("Lu", "Ll", "Lt", "Lm", "Lo")
MARK_CATEGORIES = ("Mn", "Mc", "Me")
EARLIEST_BIRTH_DATE = datetime.date(1900, 1, 1)


def has_long_mark_run(text):
    run = 0
    for character in text:
        is_mark = unicodedata.category(character) in MARK_CATEGORIES or unicodedata.combining(character) != 0
        run = run + 1 if is_mark else 0
        if run > MARK_RUN_LIMIT:
            return True
    return False


def person_names():
    """Letters with their marks, spaces, hyphens and apostrophes."""
    letter = st.characters(categories=LETTER_CATEGORIES)
    others = st.characters(categories=LETTER_CATEGORIES + MARK_CATEGORIES, include_characters=NAME_SIGNS)
    names = st.builds(str.__add__, letter, st.text(others, max_size=34)) | st.sampled_from(["Jane", "O'Neil-Smith"])
    return names.filter(lambda name: not has_long_mark_run(name))


def is_person_name(text):
    categories = [unicodedata.category(character) for character in text]
    return any(category in LETTER_CATEGORIES for category in categories) and all(
        character in NAME_SIGNS or category in LETTER_CATEGORIES + MARK_CATEGORIES
        for character, category in zip(text, categories)
    )


def birth_dates():
    """Days in the past, in every time zone."""
    return st.dates(EARLIEST_BIRTH_DATE, datetime.date.today() - datetime.timedelta(days=2)).map(str)


def date_times():
    offset = st.builds(
        lambda sign, hours, minutes: f"{sign}{hours:02}:{minutes:02}",
        st.sampled_from("+-"),
        st.integers(0, 17),
        st.integers(0, 59),
    )
    fraction = st.just("") | st.integers(0, 999).map(lambda number: f".{number:03}")
    seconds = st.datetimes(datetime.datetime(1900, 1, 1)).map(lambda moment: moment.isoformat(timespec="seconds"))
    return st.builds(lambda *parts: "".join(parts), seconds, fraction, st.just("Z") | offset)


LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{LABEL}\.)+{LABEL}")
# More than the URLs that the API accepts.
URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)

# The texts that each format may have for the API; the validator's own definitions hold for the others.
FORMATS = {
    "person-name": is_person_name,
    "email": lambda text: EMAIL.fullmatch(text) is not None,
    "uri": lambda text: URL.fullmatch(text) is not None,
}


# --- The document's schemas -----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def validator(text):
    return jsonschema_rs.Draft202012Validator(json.loads(text), formats=FORMATS, validate_formats=True)


class Rules:
    """One schema of the document."""

    def __init__(self, schema, document):
        self.document = document
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                schema = functools.reduce(lambda value, name: value[name], schema["$ref"][2:].split("/"), document)
                continue
            # A component that may be null.
            others = [each for each in schema["anyOf"] if each != {"type": "null"}]
            if len(others) != 1:
                break
            schema = others[0]
        self.schema = schema

    @functools.cached_property
    def members(self):
        return {name: Rules(schema, self.document) for name, schema in self.schema.get("properties", {}).items()}

    @functools.cached_property
    def elements(self):
        return Rules(self.schema.get("items", {}), self.document)

    def has_type(self, name):
        types = self.schema.get("type", [])
        return name == types or name in types

    def fits(self, value):
        """Whether the value fits the schema."""
        whole = {**self.schema, "components": {"schemas": self.document["components"]["schemas"]}}
        return validator(json.dumps(whole, sort_keys=True)).is_valid(value)

    def as_read(self, value):
        """The value that the API would have to judge: it errs on the side of values that fit."""
        if isinstance(value, dict):
            members = self.members
            return {name: members[name].as_read(part) if name in members else part for name, part in value.items()}
        if isinstance(value, list):
            return [self.elements.as_read(element) for element in value]
        if not isinstance(value, str) or not self.has_type("string"):
            return value
        text = unicodedata.normalize("NFC", value.strip(WHITE_SPACE))
        if not text and self.has_type("null"):
            return None
        return text[: fewest_characters(text)]


def fewest_characters(text):
    """As many characters, as a person counts them, as the text has at the least."""
    if text.isascii():
        return len(text.replace("\r\n", "\n"))
    return -(-len(text) // CODE_POINTS_PER_CHARACTER)


# --- Requests that are meant to be right, or wrong ------------------------------------------------------------------


def settled(text, name, rules):
    """The text without anything that the API refuses and the schema does not mention."""
    unwanted = CONTROL_CHARACTERS_IN_LINES if name in MEMBERS_WITH_LINES else CONTROL_CHARACTERS
    text = unwanted.sub("", text)
    if has_long_mark_run(text):
        text = "".join(character for character in text if unicodedata.category(character) not in MARK_CATEGORIES)
    is_blank = not text.strip(WHITE_SPACE)
    return "x" if is_blank and rules.schema.get("minLength", 0) > 0 else text


def settle(body, rules):
    """Makes a body, or a query, acceptable that fits the schema."""
    for name, member in rules.members.items():
        value = body.get(name)
        if isinstance(value, str) and name not in OPAQUE_MEMBERS:
            body[name] = settled(value, name, member)
        elif isinstance(value, dict):
            settle(value, member)
        elif isinstance(value, list) and name not in OPAQUE_MEMBERS:
            body[name] = [settled(each, name, member.elements) if isinstance(each, str) else each for each in value]


def spoil(body, rules):
    """Makes a body unacceptable that does not fit the schema, but is one that the API may accept."""
    if not rules.fits(rules.as_read(body)):
        return

    wrong = {name: lengthened(body.get(name), member, only_wrong=True) for name, member in rules.members.items()}
    changes = {name: value for name, value in wrong.items() if name in body and value != body[name]}
    if not changes:
        # The tool does not know the format `person-name`: it takes names for wrong that are right.
        texts = {name: lengthened(body.get(name), member) for name, member in rules.members.items()}
        changes = {name: value for name, value in texts.items() if name in body}
    body.update(changes)


def lengthened(value, rules, only_wrong=False):
    """The value with texts that are too long in place of its texts, or of those that do not fit the schema."""
    if isinstance(value, list):
        return [lengthened(element, rules.elements, only_wrong) for element in value]
    if not isinstance(value, str) or (only_wrong and rules.fits(value)):
        return value
    return value.strip(WHITE_SPACE) + EXCESS


def spoil_searches(query, rules):
    """Makes texts in a query too long that are so in code points, but perhaps not in characters."""
    for name, member in rules.members.items():
        value = query.get(name)
        if isinstance(value, str) and not member.fits(value) and member.fits(value[: fewest_characters(value)]):
            query[name] = value + QUERY_EXCESS
