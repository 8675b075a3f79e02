"""A Flower server (legacy gRPC) that plays federated averaging over loopback: PORT CLIENTS PARAMETERS ROUNDS.

Prints one line of JSON: rounds per second after the first round, peak memory and processor time of this process.
"""
import json
import os
import resource
import sys
import time

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
import flwr as fl
import numpy as np

port, clients, parameters, rounds = (int(text) for text in sys.argv[1:5])
tensors = 10
ends = []


class TimedFedAvg(fl.server.strategy.FedAvg):
    def aggregate_fit(self, server_round, results, failures):
        if failures or len(results) != clients:
            raise RuntimeError(f"round {server_round}: {len(results)} of {clients} answered")
        combined = super().aggregate_fit(server_round, results, failures)
        ends.append(time.perf_counter())
        return combined


initial = [np.full(parameters // tensors, t + 0.5, dtype=np.float32) for t in range(tensors)]
strategy = TimedFedAvg(
    fraction_evaluate=0.0,
    min_fit_clients=clients,
    min_available_clients=clients,
    initial_parameters=fl.common.ndarrays_to_parameters(initial),
)
fl.server.start_server(
    server_address=f"127.0.0.1:{port}",
    config=fl.server.ServerConfig(num_rounds=rounds),
    strategy=strategy,
)
if len(ends) != rounds:
    sys.exit(f"{len(ends)} of {rounds} rounds ended")
usage = resource.getrusage(resource.RUSAGE_SELF)
result = {
    "roundsPerSecond": (rounds - 1) / (ends[-1] - ends[0]),
    "peakMiB": usage.ru_maxrss / 1024,
    "cpuSeconds": usage.ru_utime + usage.ru_stime,
    "version": fl.__version__,
}
print(json.dumps(result), flush=True)
