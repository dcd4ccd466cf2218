"""The Postman collection: the structure that Postman's format v2.1 asks of the parts that the hub writes.

No Python package has Postman's own schema, so these are the hub's own rules. They are narrower: no other members than
those that the hub writes.
"""

import copy
import json
import os
import urllib.request

import fastjsonschema
import pytest

PATH = "/docs/united-pharmacy.postman_collection.json"
FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def record(required, **others):
    """An object with these members and no more."""
    members = {**required, **others}
    return {"type": "object", "required": list(required), "properties": members, "additionalProperties": False}


def array(items):
    return {"type": "array", "items": items}


TEXT = {"type": "string"}
NAME = {"type": "string", "minLength": 1}
VARIABLE = record({"key": NAME, "value": TEXT, "type": {"const": "string"}})
BEARER = record({"type": {"const": "bearer"}, "bearer": {**array(VARIABLE), "minItems": 1}})
AUTH = {"anyOf": [BEARER, record({"type": {"const": "noauth"}})]}
HEADER = record({"key": NAME, "value": TEXT, "type": {"const": "text"}})
QUERY = record({"key": NAME, "value": TEXT}, description=TEXT, disabled={"type": "boolean"})
URL = record({"raw": NAME, "host": array(TEXT), "path": array(TEXT)}, query=array(QUERY))
LANGUAGE = record({"raw": record({"language": {"const": "json"}})})
BODY = record({"mode": {"const": "raw"}, "raw": TEXT}, options=LANGUAGE)
METHOD = {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
REQUEST = record({"method": METHOD, "url": URL, "header": array(HEADER)}, description=TEXT, auth=AUTH, body=BODY)
SCRIPT = record({"type": {"const": "text/javascript"}, "exec": array(TEXT)})
EVENT = record({"listen": {"enum": ["test", "prerequest"]}, "script": SCRIPT})
ITEM = record({"name": NAME, "request": REQUEST, "response": {**array({}), "maxItems": 0}}, event=array(EVENT))
FOLDER = record({"name": NAME, "item": {**array(ITEM), "minItems": 1}}, description=TEXT)
INFO = record({"name": NAME, "schema": {"const": FORMAT}}, description=TEXT, version=TEXT)
COLLECTION = record({"info": INFO, "item": {**array(FOLDER), "minItems": 1}}, auth=AUTH, variable=array(VARIABLE))

validate = fastjsonschema.compile({"$schema": "http://json-schema.org/draft-07/schema#", **COLLECTION})

# Each breaks the format: the path to a member, and its wrong value (none: the member is missing).
ITEM_PATH = ["item", 0, "item", 0]
BROKEN = [
    (["info"],), (["info", "name"],), (["info", "schema"],), (["item"],), (["item"], {}), (["auth", "type"],),
    (["auth", "type"], "jwtx"), (["auth", "bearer"], {"token": "x"}), (["variable", 0, "type"], "uuid"),
    ([*ITEM_PATH, "request"],), ([*ITEM_PATH, "response"], None), ([*ITEM_PATH, "event", 0, "listen"],),
    ([*ITEM_PATH, "event", 0, "script", "exec"], 3), ([*ITEM_PATH, "request", "method"], 1),
    ([*ITEM_PATH, "request", "header"], {"Accept": "*/*"}), ([*ITEM_PATH, "request", "header", 0, "value"],),
    ([*ITEM_PATH, "request", "body", "mode"], "json"), ([*ITEM_PATH, "request", "url", "path"], [1]),
]  # fmt: skip


@pytest.fixture(scope="module")
def collection():
    with urllib.request.urlopen(os.environ["HUB_ORIGIN"] + PATH, timeout=10) as response:
        return json.load(response)


def breaking(collection, path, *value):
    broken = copy.deepcopy(collection)
    parent = broken
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    if value:
        parent[path[-1]] = value[0]
    return broken


def test_the_collection_has_the_structure_of_the_format(collection):
    validate(collection)


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: "/".join(map(str, change[0])))
def test_a_broken_collection_is_refused(collection, change):
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        validate(breaking(collection, *change))
