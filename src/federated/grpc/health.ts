import {
  type MethodDefinition,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status as grpcStatus,
} from "@grpc/grpc-js";

/** grpc.health.v1.HealthCheckResponse.ServingStatus */
const status = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;
type Status = (typeof status)[keyof typeof status];

/** Services that a prober may ask about; "" is the server as a whole. */
const services: readonly string[] = ["", "sordino.federated.v1.Federation", "grpc.health.v1.Health"];
const isServed = ({ service }: HealthRequest): boolean => service !== null && services.includes(service);

/** A name is all that a request holds; a longer one is none of ours. */
const longestRequest = 512;

/** A request; null where it could not be decoded. An object: grpc-js takes "" and null for no request at all. */
export interface HealthRequest {
  readonly service: string | null;
}

/** HealthCheckRequest: string service = 1. */
function decodeRequest(bytes: Uint8Array): HealthRequest {
  if (bytes.length === 0) return { service: "" };
  const [tag, length] = bytes;
  if (tag !== 0x0a || bytes.length > longestRequest || length === undefined || length > 127) return { service: null };
  return { service: bytes.length === length + 2 ? Buffer.from(bytes.subarray(2)).toString("utf8") : null };
}

/** HealthCheckResponse: ServingStatus status = 1. */
const encodeResponse = (value: Status): Buffer => Buffer.from([0x08, value]);

function method(path: string, responseStream: boolean): MethodDefinition<HealthRequest, Status> {
  return {
    path: `/grpc.health.v1.Health/${path}`,
    requestStream: false,
    responseStream,
    requestSerialize: ({ service }) => {
      const name = Buffer.from(service ?? "");
      return Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    },
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    responseDeserialize: (bytes) => (bytes[1] === 1 || bytes[1] === 2 ? bytes[1] : status.serviceUnknown),
  };
}

export const checkMethod: MethodDefinition<HealthRequest, Status> = method("Check", false);
export const watchMethod: MethodDefinition<HealthRequest, Status> = method("Watch", true);

/** Whoever watches gets one word now and one at the end. */
const mostWatchers = 64;

/**
 * Lets load balancers and container platforms ask whether a coordinator serves. On the coordinator's own port, so behind
 * the same TLS: a prober needs a certificate where sites do.
 *
 * @source gRPC, "GRPC Health Checking Protocol" (grpc/grpc doc/health-checking.md, health/v1/health.proto).
 */
export class HealthService {
  readonly #watchers = new Set<ServerWritableStream<HealthRequest, Status>>();

  addTo(server: Server): void {
    server.addService(
      { check: checkMethod, watch: watchMethod },
      {
        check: (call: ServerUnaryCall<HealthRequest, Status>, reply: sendUnaryData<Status>) => {
          if (isServed(call.request)) return reply(null, status.serving);
          return reply({ code: grpcStatus.NOT_FOUND, details: "no such service" });
        },
        watch: (call: ServerWritableStream<HealthRequest, Status>) => {
          const isKnown = isServed(call.request);
          call.write(isKnown ? status.serving : status.serviceUnknown);
          if (this.#watchers.size >= mostWatchers) return void call.end();
          this.#watchers.add(call);
          call.once("cancelled", () => this.#watchers.delete(call));
          call.once("close", () => this.#watchers.delete(call));
        },
      },
    );
  }

  /** Says that nothing is served any more, and lets the watchers go. */
  stop(): void {
    for (const call of this.#watchers) {
      call.write(status.notServing);
      call.end();
    }
    this.#watchers.clear();
  }
}
