import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import { type RunProgress, prometheusText, statusPage } from "./run-progress.ts";

/** A read-only page and metrics of a run. */
export interface StatusServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** @throws PrivacyError `invalid_argument` unless "port" or "host:port"; the host is 127.0.0.1 by default. */
function parseAddress(text: string): { host: string; port: number } {
  const [, host = "127.0.0.1", digits] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) throw invalidArgument("observe", "a port, or host:port", text);
  return { host, port };
}

/**
 * Serves `/metrics` (Prometheus), `/healthz` and `/` (a page) to whoever asks. Nothing can be changed through it; it has no
 * password, so it listens on this machine alone unless told otherwise.
 *
 * @throws PrivacyError `invalid_argument`; `address_in_use`.
 */
export async function startStatusServer(address: string, progress: RunProgress): Promise<StatusServer> {
  const { host, port } = parseAddress(address);
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8 << 10 }, (request, response) => {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405).end();
    const page = pageOf(request.url ?? "", progress);
    if (page === null) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": page.type }).end(request.method === "HEAD" ? undefined : page.text);
  });
  await listen(server, host, port, address);
  // a page that nobody reads any more must not keep the run's process
  server.unref();
  const bound = (server.address() as AddressInfo).port;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { address: `${host.includes(":") ? `[${host}]` : host}:${bound}`, close };
}

function pageOf(url: string, progress: RunProgress): { type: string; text: string } | null {
  const path = url.split("?")[0];
  const plain = "text/plain; charset=utf-8";
  if (path === "/metrics") return { type: `${plain}; version=0.0.4`, text: prometheusText(progress) };
  if (path === "/healthz") return { type: plain, text: `${progress.phase}\n` };
  return path === "/" ? { type: "text/html; charset=utf-8", text: statusPage(progress) } : null;
}

async function listen(server: Server, host: string, port: number, address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const text = `${address} was wanted for metrics and can not be listened on (${cause.code ?? "unknown"}); choose another in observe`;
      reject(new PrivacyError("address_in_use", text, { address }, { cause }));
    });
    server.listen(port, host, resolve);
  });
}
