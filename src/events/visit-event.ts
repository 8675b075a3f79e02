import type { DpEvent } from "./event.ts";

/** The events directly inside an event, each with its path below it: `event`, `events[3]`. */
export function childrenOf(event: DpEvent): readonly { readonly path: string; readonly event: DpEvent }[] {
  if ("events" in event) return event.events.map((child, i) => ({ path: `events[${i}]`, event: child }));
  return "event" in event ? [{ path: "event", event: event.event }] : [];
}

/**
 * Calls `visit` on the event and on all events inside it, each before what it holds.
 *
 * @param visit - gets the path from the root ("" for the root, e.g. `events[2].event`) and the event.
 */
export function visitEvent(event: DpEvent, visit: (path: string, event: DpEvent) => void, path = ""): void {
  visit(path, event);
  for (const child of childrenOf(event))
    visitEvent(child.event, visit, path === "" ? child.path : `${path}.${child.path}`);
}

/** How many events the tree holds as written; a count in self-composed does not multiply. */
export function eventSize(event: DpEvent): number {
  let size = 0;
  visitEvent(event, () => {
    size += 1;
  });
  return size;
}
