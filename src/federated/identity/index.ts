export {
  type Approval,
  type ApproveOptions,
  type Authority,
  type AuthorityFiles,
  type InitOptions,
  type SiteRequest,
  approveRequest,
  authorityFiles,
  initAuthority,
  inspectRequest,
  readAuthority,
  renewServer,
  requestIdentity,
  revokeSite,
} from "./authority.ts";
export { siteOfCertificate } from "./certificate.ts";
export { isSameFingerprint, keyFingerprint, parseFingerprint } from "./fingerprint.ts";
export {
  type IdentityPaths,
  type SiteIdentity,
  certificateFault,
  identityRefused,
  readCertificate,
  readCoordinatorKey,
  readPem,
  readPrivateKey,
  readSiteIdentity,
} from "./identity-file.ts";
export { type Revocation, RevocationList } from "./revocation.ts";
