export type * from "./guarantee.ts";
