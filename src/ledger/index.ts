export { type LedgerHead } from "./journal-scan.ts";
export { Ledger, type OpenLedgerOptions, type OpenScopeOptions, type ScheduleOptions, openLedger } from "./ledger.ts";
export { takeLock } from "./lock.ts";
export { type LedgerSnapshot, readLedger } from "./read-ledger.ts";
export type * from "./record.ts";
export { type RunSpend, type ScopeSpend } from "./scope-spend.ts";
export { type ScopeGuarantee, type SpendRule } from "./spend.ts";
export { readJson, readWhole, writeWhole } from "./whole-file.ts";
export { type LedgerProblem, type LedgerVerification, verifyLedger } from "./verify-ledger.ts";
