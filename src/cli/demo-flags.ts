/** What `sordino demo` was asked. */
export interface DemoFlags {
  readonly data: string;
  readonly epochs: number;
  readonly out: string;
  readonly targetEpsilon: number;
  readonly delta: number;
  readonly json?: boolean;
}
