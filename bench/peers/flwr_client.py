"""Flower clients in this process, one thread each: PORT CLIENTS. Each returns what it was given, plus one."""
import os
import sys
import threading

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
import flwr as fl


class PlusOne(fl.client.NumPyClient):
    def get_parameters(self, config):
        return []

    def fit(self, parameters, config):
        return [values + 1 for values in parameters], 1, {}

    def evaluate(self, parameters, config):
        return 0.0, 1, {}


def attend(port):
    fl.client.start_client(server_address=f"127.0.0.1:{port}", client=PlusOne().to_client())


port, clients = (int(text) for text in sys.argv[1:3])
threads = [threading.Thread(target=attend, args=(port,)) for _ in range(clients)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
