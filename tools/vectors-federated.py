"""Writes src/federated/grpc/golden/messages.json: our messages as Google's protobuf for Python codes them.

  python -m venv V && V/bin/pip install grpcio-tools
  V/bin/python -m grpc_tools.protoc -I proto --python_out=BUILD sordino/federated/v1/federated.proto
  PYTHONPATH=BUILD V/bin/python tools/vectors-federated.py
"""
import json
from importlib.metadata import version
from pathlib import Path

from sordino.federated.v1 import federated_pb2 as pb

digest = bytes(range(32))
spec = pb.TensorSpec(name="dense/kernel", dtype=pb.TENSOR_DTYPE_FLOAT32, shape=[784, 4294967295], sha256=digest)
privacy = pb.PrivacyStatement(
    epsilon_lower=0.5, epsilon_upper=float("inf"), delta=1e-5,
    neighboring=pb.NEIGHBORING_RELATION_ZERO_OUT, unit=pb.PRIVACY_UNIT_USER)
chunk = pb.TensorChunk(tensor=3, index=70000, data=b"\x00\xff\x80")

site = {
    "join": pb.SiteMessage(join=pb.JoinRequest(protocol_version=1, site="st-mary", capabilities=["train", "evaluate"], weight=2.5)),
    "update-header": pb.SiteMessage(update_header=pb.UpdateHeader(round=7, steps_taken=4294967295, privacy=privacy, tensors=[spec])),
    "update-header without privacy": pb.SiteMessage(update_header=pb.UpdateHeader(round=1, steps_taken=1, tensors=[pb.TensorSpec(name="n", dtype=pb.TENSOR_DTYPE_INT64, sha256=digest)])),
    "chunk": pb.SiteMessage(chunk=chunk),
    "update-end": pb.SiteMessage(update_end=pb.UpdateEnd(round=300, complete=True)),
    "evaluation": pb.SiteMessage(evaluation=pb.Evaluation(round=2, metrics={"accuracy": 0.1})),
    "declined": pb.SiteMessage(declined=pb.Declined(round=2, code=pb.DECLINE_CODE_BUDGET)),
    "credit": pb.SiteMessage(credit=pb.Credit(chunks=4)),
    "leave": pb.SiteMessage(leave=pb.Leave()),
}
coordinator = {
    "welcome": pb.CoordinatorMessage(welcome=pb.Welcome(protocol_version=1, run_id="r-1", rounds=12, topology_json="{\"é\":1}".encode(), tensors=[spec])),
    "instruction": pb.CoordinatorMessage(instruction=pb.Instruction(kind=pb.INSTRUCTION_KIND_EVALUATE, round=5, config={"learningRate": -0.25}, tensors=[spec])),
    "chunk": pb.CoordinatorMessage(chunk=chunk),
    "reject": pb.CoordinatorMessage(reject=pb.Reject(round=5, code=pb.REJECT_CODE_NON_FINITE, text="why")),
    "credit": pb.CoordinatorMessage(credit=pb.Credit(chunks=16)),
    "receipt": pb.CoordinatorMessage(receipt=pb.Receipt(round=5)),
}

golden = {
    "origin": f"protobuf {version('protobuf')} for Python, code by grpcio-tools {version('grpcio-tools')}; tools/vectors-federated.py",
    "site": {name: m.SerializeToString(deterministic=True).hex() for name, m in site.items()},
    "coordinator": {name: m.SerializeToString(deterministic=True).hex() for name, m in coordinator.items()},
}
path = Path(__file__).parent.parent / "src/federated/grpc/golden/messages.json"
path.write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
