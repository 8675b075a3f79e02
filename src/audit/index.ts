export { type AuditBound, type AuditMethod, type AuditVerdict, auditVerdict } from "./bound.ts";
export { type OneRunCounts, oneRunLowerBound, oneRunPValue } from "./one-run.ts";
export { type OneRunGdpCounts, oneRunGdpLowerBound } from "./one-run-gdp.ts";
export { type OneRunScores, oneRunGridLowerBound } from "./one-run-grid.ts";
export { type GdpCounts, type TwoWorldCounts, clopperPearsonLowerBound, gdpLowerBound } from "./two-world.ts";
