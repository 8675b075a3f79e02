"""Times other accountants on one DP-SGD run given as JSON; one JSON line per job. Started by bench/accounting.js."""
import json
import sys
import time

c = json.loads(sys.argv[1])
q, z, steps, delta = c["q"], c["z"], c["steps"], c["delta"]


def timed(name, run, rounds):
    try:
        times, value = [], None
        for _ in range(rounds):
            start = time.perf_counter()
            value = run()
            times.append(time.perf_counter() - start)
        print(json.dumps({"name": name, "ms": 1000 * min(times), "result": str(value)}), flush=True)
    except Exception as error:  # a peer that refuses a case is a result too
        print(json.dumps({"name": name, "ms": 0, "result": "refused: " + type(error).__name__}), flush=True)


try:
    from dp_accounting import dp_event
    from dp_accounting.pld import PLDAccountant
    from dp_accounting.rdp import RdpAccountant

    event = dp_event.SelfComposedDpEvent(dp_event.PoissonSampledDpEvent(q, dp_event.GaussianDpEvent(z)), steps)
    timed("dp_accounting, RDP", lambda: round(RdpAccountant().compose(event).get_epsilon(delta), 6), 3)
    timed("dp_accounting, PLD 1e-4", lambda: round(PLDAccountant().compose(event).get_epsilon(delta), 6), 3)
except ImportError:
    pass

try:
    from prv_accountant import PoissonSubsampledGaussianMechanism, PRVAccountant

    def prv():
        mechanism = PoissonSubsampledGaussianMechanism(noise_multiplier=z, sampling_probability=q)
        accountant = PRVAccountant(prvs=[mechanism], max_self_compositions=[steps], eps_error=0.1, delta_error=delta / 1000)
        return [round(float(v), 5) for v in accountant.compute_epsilon(delta, [steps])]

    timed("prv-accountant, error 0.1", prv, 1)
except ImportError:
    pass
