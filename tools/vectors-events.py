"""What the real dp_accounting writes for its events, for src/events/dp-accounting.vectors.json.

    python -m venv venv && venv/bin/pip install dp-accounting==0.6.0
    venv/bin/python tools/vectors-events.py > src/events/dp-accounting.vectors.json
    venv/bin/python tools/vectors-events.py --check FILE   # FILE: a JSON list of our objects; prints them as it reads them

The form: `event.to_named_tuple()`, its `_asdict()` taken recursively, Infinity as the string "Infinity". `to_object`
and `from_object` are all that a third party needs to price one of our events with Google's library. Not run in CI.
"""

import importlib.metadata
import json
import math
import random
import sys

import attr
from dp_accounting import dp_event


def to_object(event):
    return plain(event.to_named_tuple())


def plain(value):
    if hasattr(value, "_asdict"):
        return {key: plain(member) for key, member in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return "Infinity" if value == math.inf else value


def from_object(value):
    if isinstance(value, list):
        return [from_object(member) for member in value]
    if value == "Infinity":
        return math.inf
    if not isinstance(value, dict):
        return value
    if value["module_name"] != "dp_accounting.dp_event":
        raise ValueError(f"another module: {value['module_name']}")
    fields = {key: from_object(member) for key, member in value.items() if key not in ("module_name", "class_name")}
    return getattr(dp_event, value["class_name"])(**fields)


def leaves():
    return [
        dp_event.NoOpDpEvent(),
        dp_event.NonPrivateDpEvent(),
        dp_event.UnsupportedDpEvent(),
        dp_event.RandomizedResponseDpEvent(0.25, 4),
        dp_event.GaussianDpEvent(1.1),
        dp_event.LaplaceDpEvent(0.5),
        dp_event.DiscreteLaplaceDpEvent(0.3, 2),
        dp_event.SingleEpochTreeAggregationDpEvent(3.5, [1000, 10, 1]),
        dp_event.MixtureOfGaussiansDpEvent(2.5, [0.0, 1.0, 2.0], [0.5, 0.25, 0.25]),
        dp_event.ZCDpEvent(0.125),
        dp_event.ZCDpEvent(0.125, 0.0625),
        dp_event.TruncatedSubsampledGaussianDpEvent(10000, 0.01, 150, 0.9),
    ]


def wrapped(event):
    return [
        dp_event.SelfComposedDpEvent(event, 14062),
        dp_event.ComposedDpEvent([event, dp_event.LaplaceDpEvent(2.0), event]),
        dp_event.PoissonSampledDpEvent(0.004266666666666667, event),
        dp_event.SampledWithReplacementDpEvent(60000, 256, event),
        dp_event.SampledWithoutReplacementDpEvent(60000, 256, event),
        dp_event.RepeatAndSelectDpEvent(event, 10.0, 1.0),
        dp_event.RepeatAndSelectDpEvent(event, 2.5, math.inf),
    ]


def random_tree(depth):
    if depth == 0 or random.random() < 0.2:
        return random.choice(leaves())
    return random.choice(wrapped(random_tree(depth - 1)))


def main():
    random.seed(20240515)
    events = leaves() + wrapped(dp_event.GaussianDpEvent(1.1)) + [random_tree(5) for _ in range(40)]
    classes = {type(event).__name__ for event in events}
    known = {n for n, c in vars(dp_event).items() if isinstance(c, type) and issubclass(c, dp_event.DpEvent) and attr.has(c)}
    missing = known - classes - {"DpEvent"}
    if missing:
        raise SystemExit(f"no example of {missing}")
    for event in events:
        if from_object(json.loads(json.dumps(to_object(event)))) != event:
            raise SystemExit(f"does not come back: {event}")
    version = importlib.metadata.version("dp-accounting")
    json.dump({"meta": {"generator": "tools/vectors-events.py", "library": f"dp-accounting {version}"}, "scalar_step_counts": to_object(dp_event.SingleEpochTreeAggregationDpEvent(3.5, 8)), "events": [to_object(e) for e in events]}, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="utf-8") as file:
            json.dump([to_object(from_object(value)) for value in json.load(file)], sys.stdout, separators=(",", ":"))
    else:
        main()
