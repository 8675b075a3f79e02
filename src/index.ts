export { PrivacyError, isPrivacyError } from "./core/index.ts";
