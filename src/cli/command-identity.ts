import {
  approveRequest,
  initAuthority,
  inspectRequest,
  renewServer,
  requestIdentity,
  revokeSite,
  verifyAuditTrail,
} from "../federated/index.ts";
import { readWhole } from "../dpsgd/index.ts";
import { type ExitCode, exitCode } from "./exit-code.ts";
import { type Output, printJson } from "./output.ts";

interface Common {
  readonly json?: boolean;
}

export interface InitFlags extends Common {
  readonly host: string[];
  readonly days?: number;
  readonly renew?: boolean;
}

/** `sordino federated init DIR --host …`: an authority, or with --renew a new certificate for its server. */
export async function init(dir: string, flags: InitFlags, output: Output): Promise<ExitCode> {
  const options = { dir, hosts: flags.host, ...(flags.days === undefined ? {} : { days: flags.days }) };
  if (flags.renew === true) {
    await renewServer(options);
    if (flags.json === true) printJson(output, { renewed: true, hosts: flags.host });
    else
      output.out(
        `renewed   the server's certificate in ${dir} is for ${flags.host.join(", ")}; restart the coordinator`,
      );
    return exitCode.ok;
  }
  const { files, fingerprint } = await initAuthority(options);
  if (flags.json === true) {
    printJson(output, { files, fingerprint });
    return exitCode.ok;
  }
  output.out(`authority ${fingerprint}`);
  output.out(`          read it to every site over another channel; each site's policy pins it`);
  output.out(`server    ${files.serverCert} for ${flags.host.join(", ")}`);
  output.out(
    `secret    ${[files.caKey, files.serverKey, files.coordinatorKey].join(", ")}: keep them here and back ${files.caKey} up`,
  );
  return exitCode.ok;
}

/** `sordino federated request DIR --site NAME`: a key that stays, and a request that travels. */
export async function request(dir: string, flags: Common & { site: string }, output: Output): Promise<ExitCode> {
  const made = await requestIdentity({ dir, site: flags.site });
  if (flags.json === true) printJson(output, made);
  else {
    output.out(`site      ${made.site}`);
    output.out(`request   ${made.requestPath}: send it to the coordinator`);
    output.out(`read out  ${made.fingerprint}: by telephone, not with the request`);
    output.out(`secret    ${made.keyPath}: never leaves this site`);
  }
  return exitCode.ok;
}

export interface ApproveFlags extends Common {
  readonly authority: string;
  readonly fingerprint?: string;
  readonly days?: number;
  readonly rotate?: boolean;
}

/** `sordino federated approve REQUEST --authority DIR --fingerprint F`: without a fingerprint it only shows what is asked. */
export async function approve(requestPath: string, flags: ApproveFlags, output: Output): Promise<ExitCode> {
  const { authority: dir, fingerprint, days, rotate } = flags;
  if (fingerprint === undefined) {
    const asked = await inspectRequest(requestPath);
    if (flags.json === true) printJson(output, { ...asked, approved: false });
    else {
      output.out(`site      ${asked.site}`);
      output.out(`computed  ${asked.fingerprint}`);
      output.out(
        "Nothing was approved. Let the site read its fingerprint out, and give what you hear as --fingerprint.",
      );
    }
    return exitCode.incomplete;
  }
  const optional = { ...(days === undefined ? {} : { days }), ...(rotate === true ? { isRotation: true } : {}) };
  const approval = await approveRequest({ dir, requestPath, fingerprint, ...optional });
  if (flags.json === true) printJson(output, { ...approval, approved: true });
  else {
    output.out(`approved  ${approval.site} until ${approval.notAfter}`);
    for (const old of approval.revoked) output.out(`revoked   ${old}`);
    output.out(`send      ${approval.folder}/{site,ca,coordinator}.pem to the site: nothing in them is secret`);
  }
  return exitCode.ok;
}

/** `sordino federated revoke SITE --authority DIR`. */
export function revoke(
  site: string,
  flags: Common & { authority: string; fingerprint?: string; reason?: string },
  output: Output,
): ExitCode {
  const { authority: dir, fingerprint, reason } = flags;
  const optional = {
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(reason === undefined ? {} : { reason }),
  };
  const revoked = revokeSite({ dir, site, ...optional });
  if (flags.json === true) printJson(output, { revoked });
  else
    for (const r of revoked)
      output.out(`revoked   ${r.fingerprint} of ${r.site}: a run under way ends its session within a second`);
  return exitCode.ok;
}

/** `sordino federated audit FILE`: whether every line follows from the one before it, and what they say. */
export function audit(path: string, flags: Common & { head?: string }, output: Output): ExitCode {
  const { entries, head, fault, torn } = verifyAuditTrail(readWhole(path));
  const isCut = flags.head !== undefined && flags.head !== head;
  if (flags.json === true) printJson(output, { entries, head, fault, torn, isCut });
  else {
    for (const { ts, kind, ...facts } of entries) output.out(`${ts}  ${kind.padEnd(20)} ${JSON.stringify(facts)}`);
    output.out(`head      ${head}: note it elsewhere, only that shows a trail that was cut short`);
    if (fault !== null) output.out(`broken    line ${fault.line} ${fault.reason}`);
    if (isCut) output.out(`cut       ${flags.head ?? ""} was wanted as the head`);
  }
  if (fault !== null || isCut) return exitCode.checkFailed;
  return flags.head === undefined ? exitCode.incomplete : exitCode.ok;
}
