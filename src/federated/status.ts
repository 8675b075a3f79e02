import type { PrivacyErrorCode } from "../core/index.ts";

/** The gRPC status codes that are used, by number. */
export const grpcStatus = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type GrpcStatus = (typeof grpcStatus)[keyof typeof grpcStatus];

/**
 * The gRPC status that stands for each error of the package: a new code does not compile before it has one. A cause is
 * never sent: it may hold what must not leave.
 *
 * @source gRPC, "Status codes and their use in gRPC" (grpc/grpc doc/statuscodes.md).
 */
export const statusOf: Readonly<Record<PrivacyErrorCode, GrpcStatus>> = {
  invalid_argument: grpcStatus.invalidArgument,
  unsupported_event: grpcStatus.failedPrecondition,
  unsupported_model: grpcStatus.failedPrecondition,
  budget_exceeded: grpcStatus.resourceExhausted,
  numerical_failure: grpcStatus.internal,
  entropy_unavailable: grpcStatus.unavailable,
  ledger_corrupt: grpcStatus.dataLoss,
  ledger_locked: grpcStatus.failedPrecondition,
  output_occupied: grpcStatus.failedPrecondition,
  file_unreadable: grpcStatus.notFound,
  invalid_state: grpcStatus.failedPrecondition,
  aborted: grpcStatus.cancelled,
  protocol_violation: grpcStatus.invalidArgument,
  update_rejected: grpcStatus.invalidArgument,
  identity_refused: grpcStatus.unauthenticated,
  policy_refused: grpcStatus.permissionDenied,
  deadline_exceeded: grpcStatus.deadlineExceeded,
  unreachable: grpcStatus.unavailable,
  address_in_use: grpcStatus.unavailable,
};
