#!/usr/bin/env python3
"""validate.py SCHEMA: each line of standard input is to be one JSON object, valid by the schema. Says which is not.
Exit: 0 all are, 1 some is not, 3 this Python has no jsonschema."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(3)


def unique(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice: " + str([name for name, _ in pairs]))
    return members


def refuse(constant):
    raise ValueError(constant)


validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
validator.check_schema(validator.schema)
bad = count = 0


def branch(document):
    """The half of the schema's anyOf that is meant, if it has one, so that the complaint names the fault."""
    if "anyOf" not in validator.schema:
        return validator
    defects = document.get("defects", [])
    converted = not any(defect.get("code") == "notConverted" for defect in defects)
    half = "document" if converted else "notConverted"
    return validator.evolve(schema={**validator.schema, "anyOf": [{"$ref": "#/$defs/" + half}]})


for number, line in enumerate(sys.stdin.buffer, 1):
    count += 1
    try:
        document = json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
        error = jsonschema.exceptions.best_match(branch(document).iter_errors(document))
        if error:
            raise ValueError(f"{error.json_path}: {error.message[:300]}")
    except ValueError as error:
        bad += 1
        print(f"line {number}, {line[:60]!r}: {error}")
print(f"{count} objects, {bad} bad")
sys.exit(1 if bad else 0)
