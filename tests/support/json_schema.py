#!/usr/bin/env python3
"""Check JSON documents against a schema of ours: the part of JSON Schema (2020-12) that schemas/ uses.

    json_schema.py SCHEMA FILE      FILE: one document, or with .jsonl one a line; prints how many
"""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "items", "enum",
         "const", "pattern", "minimum", "minItems", "maxItems", "additionalProperties", "anyOf", "oneOf"}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def wrong(value, schema, root, at):
    """Why value does not fit; None when it does."""
    unknown = schema.keys() - KNOWN
    if unknown:
        raise SystemExit(f"{at}: this checker does not know {unknown}")
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    names = schema.get("type", [])
    names = names if isinstance(names, list) else [names]
    if names and not any(is_type(value, name) for name in names):
        return f"{at}: {value!r} is no {' or '.join(names)}"
    if "const" in schema and value != schema["const"]:
        return f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: {value!r} is none of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{at}: {value!r} does not match {schema['pattern']}"
    if "minimum" in schema and value < schema["minimum"]:
        return f"{at}: {value} is less than {schema['minimum']}"
    for key in ("anyOf", "oneOf"):
        if key in schema:
            whys = [wrong(value, each, root, at) for each in schema[key]]
            fits = whys.count(None)
            if fits == 0 or (key == "oneOf" and fits != 1):
                return f"{at}: fits {fits} of {key}: " + "; ".join(filter(None, whys))
    if isinstance(value, dict):
        return wrong_object(value, schema, root, at)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return f"{at}: has {len(value)} items"
        for n, item in enumerate(value):
            why = wrong(item, schema.get("items", {}), root, f"{at}[{n}]")
            if why:
                return why
    return None


def wrong_object(value, schema, root, at):
    lacks = set(schema.get("required", ())) - value.keys()
    if lacks:
        return f"{at}: lacks {lacks}"
    rest = schema.get("additionalProperties", True)
    for key, item in value.items():
        part = schema.get("properties", {}).get(key, rest)
        if part is False:
            return f"{at}: has the key {key!r}"
        why = wrong(item, part, root, f"{at}.{key}") if isinstance(part, dict) else None
        if why:
            return why
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        texts = list(file) if sys.argv[2].endswith(".jsonl") else [file.read()]
    for number, text in enumerate(texts, 1):
        why = wrong(json.loads(text), schema, schema, f"line {number}")
        if why:
            print(why[:2000])
            return 1
    print(len(texts))
    return 0 if texts else 1


if __name__ == "__main__":
    sys.exit(main())
