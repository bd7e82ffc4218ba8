#!/usr/bin/env python3
"""summary.py FILE [EXPRESSION WANT]...: is the file as samples/summary.schema.json says, and has it these values?

An expression is Python's, of the document s.  Knows of JSON Schema what that file uses, and refuses the rest.
"""
import json
import pathlib
import re
import sys

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "samples" / "summary.schema.json"
KNOWN = {"$schema", "$id", "title", "description", "type", "required", "additionalProperties", "properties", "items",
         "enum", "const", "minimum", "pattern", "minItems", "maxItems"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
         "null": type(None)}


def is_of(value, name):
    return isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name in ("integer", "number"))


def check(value, schema, at):
    if set(schema) - KNOWN:
        raise SystemExit(f"{at}: the schema uses {set(schema) - KNOWN}")
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_of(value, t) for t in types):
        raise SystemExit(f"{at}: {value!r} is no {types}")
    if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
        raise SystemExit(f"{at}: {value!r}")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        raise SystemExit(f"{at}: {value!r} is not like {schema['pattern']}")
    if is_of(value, "number") and value < schema.get("minimum", value):
        raise SystemExit(f"{at}: {value}")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            raise SystemExit(f"{at}: has {len(value)} values")
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), f"{at}[{i}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        missing = set(schema.get("required", [])) - set(value)
        strange = set(value) - set(properties) if schema.get("additionalProperties") is False else None
        if missing or strange:
            raise SystemExit(f"{at}: lacks {missing}, has {strange}")
        for name, item in value.items():
            check(item, properties.get(name, {}), f"{at}.{name}")


def main(path, *wants):
    s = json.load(sys.stdin if path == "-" else open(path))
    check(s, json.loads(SCHEMA.read_text()), "summary")
    for expression, want in zip(wants[::2], wants[1::2]):
        got = eval(expression, {"s": s})
        if str(got) != want:
            raise SystemExit(f"{expression}: {got!r}, not {want!r}")


main(*sys.argv[1:])
