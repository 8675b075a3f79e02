import type { ServiceError } from "@grpc/grpc-js";
import type { IdentityCheck, PrivacyError } from "../../core/index.ts";
import { identityRefused } from "../identity/index.ts";
import { plainText } from "../messages.ts";
import { grpcStatus } from "../status.ts";
import { checkTrailer } from "./peer-guard.ts";

/** What OpenSSL and Node say of a server's certificate, and which check that is. */
const serverFaults: readonly (readonly [RegExp, IdentityCheck, string])[] = [
  [
    /altnames|Hostname\/IP/i,
    "name",
    "its certificate is for other names; connect by one of them, or let it be issued for this one",
  ],
  [/has expired|not yet valid/i, "date", "its certificate is out of date, or this machine's clock is wrong"],
  [/fingerprint/i, "fingerprint", "its key is not one that this site pinned; ask the coordinator by telephone"],
  [
    /self[- ]signed|issuer|unable to verify|signature|untrusted|CA certificate/i,
    "issuer",
    "its certificate is not from the authority in the ca file",
  ],
];
/** What a server that refused a site's certificate at the handshake leaves behind (RFC 8446, section 6.2). */
const alerts: readonly (readonly [RegExp, IdentityCheck, string])[] = [
  [
    /certificate required|handshake failure/i,
    "certificate",
    "it wants a site's certificate and got none; name cert and key in tls",
  ],
  [/unknown ca|bad certificate/i, "issuer", "it does not know the authority of this site's certificate"],
  [/certificate expired/i, "date", "for its clock this site's certificate is out of date"],
  [/certificate revoked/i, "revoked", "this site's certificate was revoked"],
];

const known: readonly string[] = [
  "issuer",
  "date",
  "name",
  "fingerprint",
  "revoked",
  "certificate",
] satisfies IdentityCheck[];

function isCheck(value: unknown): value is IdentityCheck {
  return typeof value === "string" && known.includes(value);
}

/** The refusal behind a failed stream: by this side of the server's certificate, or by the server of ours. Null: neither. */
export function identityRefusal(cause: ServiceError, address: string): PrivacyError<"identity_refused"> | null {
  const code: number = cause.code;
  if (code === grpcStatus.unauthenticated) {
    const [trailer] = cause.metadata.get(checkTrailer);
    const check = isCheck(trailer) ? trailer : "certificate";
    return identityRefused(
      check,
      address,
      `the coordinator at ${address} refused this site: ${plainText(cause.details, 400)}`,
    );
  }
  if (code !== grpcStatus.unavailable) return null;
  const found = [...alerts, ...serverFaults].find(([pattern]) => pattern.test(cause.message));
  if (found === undefined) return null;
  const [, check, text] = found;
  const said = plainText(cause.details.replace(/ Resolution note:\s*$/, ""), 300);
  return identityRefused(check, address, `the coordinator at ${address} was not joined: ${text} (${said})`);
}
