import { PrivacyError } from "../core/index.ts";

/** @param rule - the field of the site's policy that refuses. */
export function refusedByPolicy(rule: string, text: string): PrivacyError<"policy_refused"> {
  const advice = "nothing was read and nothing left; change policy only if whoever answers for the data agrees";
  return new PrivacyError("policy_refused", `policy.${rule}: ${text}; ${advice}`, { rule });
}
