"""Answers tools/interop.js with the real dp_accounting and the real accountants of Opacus: jobs as JSON on standard
input, one answer per job on standard output. Run by tools/interop.js in an environment of its own."""

import importlib.util
import json
import math
import pathlib
import sys
import types

import dp_accounting
from absl import logging
from dp_accounting import dp_event
from dp_accounting.pld import pld_privacy_accountant, privacy_loss_distribution
from dp_accounting.rdp import rdp_privacy_accountant

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("vectors_events", here / "vectors-events.py")
vectors = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vectors)

relations = {
    "add-or-remove-one": dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE,
    "replace-one": dp_accounting.NeighboringRelation.REPLACE_ONE,
    "zero-out": dp_accounting.NeighboringRelation.REPLACE_SPECIAL,
}


def opacus_accountants():
    """Opacus without torch: its accountants need no more of the package than the name of the optimizer's class."""
    root = importlib.util.find_spec("opacus").submodule_search_locations
    package = types.ModuleType("opacus")
    package.__path__ = list(root)
    sys.modules["opacus"] = package
    optimizers = types.ModuleType("opacus.optimizers")
    optimizers.DPOptimizer = object
    sys.modules["opacus.optimizers"] = optimizers
    from opacus import accountants
    from opacus.accountants.analysis import rdp

    return accountants, rdp


def classes(job):
    names = {name for name, member in vars(dp_event).items() if isinstance(member, type)}
    return sorted(n for n in names if n.endswith("DpEvent") and n != "DpEvent")


def events(job):
    leaves = vectors.leaves()
    trees = [vectors.random_tree(4) for _ in range(job["trees"])]
    return [vectors.to_object(e) for leaf in leaves for e in [leaf, *vectors.wrapped(leaf)]] + [
        vectors.to_object(tree) for tree in trees
    ]


def echo(job):
    """Reads our objects as their events and writes them again; equal events compare equal there."""
    out = []
    for written in job["events"]:
        event = vectors.from_object(written)
        again = vectors.to_object(event)
        out.append(again if vectors.from_object(again) == event else "not equal to itself")
    return out


def rdp_epsilon(job):
    accountant = rdp_privacy_accountant.RdpAccountant(neighboring_relation=relations[job["neighboring"]])
    accountant.compose(vectors.from_object(job["event"]))
    return accountant.get_epsilon(job["delta"])


def pld_epsilon(job):
    accountant = pld_privacy_accountant.PLDAccountant(relations[job["neighboring"]], job["mesh"])
    accountant.compose(vectors.from_object(job["event"]))
    return accountant.get_epsilon(job["delta"])


def pld_optimistic(job):
    pld = privacy_loss_distribution.from_gaussian_mechanism(
        job["z"],
        pessimistic_estimate=False,
        value_discretization_interval=job["mesh"],
        sampling_prob=job["q"],
        use_connect_dots=False,
    )
    return pld.self_compose(job["steps"]).get_epsilon_for_delta(job["delta"])


def rdp_curve(job):
    accountant = rdp_privacy_accountant.RdpAccountant(
        job["orders"], neighboring_relation=relations[job["neighboring"]]
    )
    accountant.compose(vectors.from_object(job["event"]))
    return [float(x) for x in accountant._rdp]


def opacus_rdp_curve(job):
    _, rdp = opacus
    values = rdp.compute_rdp(q=job["q"], noise_multiplier=job["z"], steps=job["steps"], orders=job["orders"])
    return [float(x) for x in values]


def opacus_epsilon(job):
    accountants, _ = opacus
    accountant = accountants.create_accountant(job["mechanism"])
    for z, q, steps in job["segments"]:
        for _ in range(steps):
            accountant.step(noise_multiplier=z, sample_rate=q)
    history = json.loads(json.dumps(accountant.state_dict()["history"]))
    answer = {"history": history, "epsilon": float(accountant.get_epsilon(delta=job["delta"]))}
    if job["mechanism"] == "prv":
        error = 0.01
        dprv = accountant._get_dprv(eps_error=error, delta_error=job["delta"] / 1000)
        low, point, high = dprv.compute_epsilon(job["delta"], job["delta"] / 1000, error)
        answer.update(low=float(low), point=float(point), high=float(high))
    return answer


opacus = opacus_accountants()
jobs = {f.__name__: f for f in (classes, events, echo, rdp_epsilon, pld_epsilon, pld_optimistic, rdp_curve)}
jobs.update({f.__name__: f for f in (opacus_rdp_curve, opacus_epsilon)})


def finite(value):
    """JSON has no Infinity; the string stands for it."""
    if isinstance(value, dict):
        return {key: finite(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(member) for member in value]
    return "Infinity" if value == math.inf else value


def main():
    # whatever a library prints is not an answer
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"answer": jobs[job["job"]](job)}
        except Exception as error:  # a peer that fails is a finding, and the next job goes on
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        answers.write(json.dumps(finite(answer)))
        answers.write("\n")
        answers.flush()


# orders at which a series of theirs does not converge are left out there, with a warning each
logging.set_verbosity(logging.ERROR)
if __name__ == "__main__":
    main()
