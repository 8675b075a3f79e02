import { readFileSync } from "node:fs";
import { ChannelCredentials, Client } from "@grpc/grpc-js";
import type { IdentityPaths } from "../identity/index.ts";
import type { CoordinatorMessage } from "../messages.ts";
import { joinMethod } from "./service.ts";

/** Joins with whatever certificate under whatever name, and looks at neither: gives the first reply, or what ended the stream. */
export async function rawJoin(port: number, site: string, paths: IdentityPaths): Promise<CoordinatorMessage> {
  const [ca, cert, key] = [paths.caPath, paths.certPath, paths.keyPath].map((path) => readFileSync(path));
  const credentials = ChannelCredentials.createSsl(ca, key, cert);
  const channel = new Client(`127.0.0.1:${port}`, credentials, { "grpc.use_local_subchannel_pool": 1 });
  const { path, requestSerialize, responseDeserialize } = joinMethod;
  const call = channel.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  try {
    return await new Promise((resolve, reject) => {
      call.on("data", resolve);
      call.on("error", reject);
      call.write({ kind: "join", protocolVersion: 1, site, capabilities: ["train"], weight: 1, held: null });
    });
  } finally {
    call.cancel();
    channel.close();
  }
}
