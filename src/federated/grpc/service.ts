import type { MethodDefinition } from "@grpc/grpc-js";
import type { CoordinatorMessage, SiteMessage } from "../messages.ts";
import { decodeCoordinatorMessage, decodeSiteMessage, encodeCoordinatorMessage, encodeSiteMessage } from "./codec.ts";

/** sordino.federated.v1.Federation/Join, written by hand: the generator knows no streaming. */
export const joinMethod: MethodDefinition<SiteMessage, CoordinatorMessage> = {
  path: "/sordino.federated.v1.Federation/Join",
  requestStream: true,
  responseStream: true,
  requestSerialize: encodeSiteMessage,
  requestDeserialize: decodeSiteMessage,
  responseSerialize: encodeCoordinatorMessage,
  responseDeserialize: decodeCoordinatorMessage,
};

export const federationService: { readonly join: typeof joinMethod } = { join: joinMethod };
