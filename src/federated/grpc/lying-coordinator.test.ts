import { describe, expect, it } from "vitest";
import type { ClientRound, FederatedClient } from "../client.ts";
import type { CoordinatorMessage } from "../messages.ts";
import { startClient } from "./client.ts";
import { type RawCoordinator, rawCoordinator } from "./raw-coordinator.fixture.ts";
import { wireVector } from "./raw-site.fixture.ts";
import { scriptedClient, vector } from "./scripted-client.fixture.ts";

const { spec } = wireVector(0, 0);
const welcome = { kind: "welcome", protocolVersion: 1, runId: "run-1", rounds: 2, topologyJson: "" } as const;
const unsigned = { from: { tensor: 0, index: 0 }, lineage: null, signature: new Uint8Array() } as const;
const stop: CoordinatorMessage = {
  kind: "instruction",
  instruction: "stop",
  round: 0,
  config: {},
  tensors: [],
  ...unsigned,
};

function order(instruction: "train" | "evaluate", round: number, a: number, b: number): CoordinatorMessage[] {
  const { spec: filled, data } = wireVector(a, b);
  return [
    { kind: "instruction", instruction, round, config: {}, tensors: [filled], ...unsigned },
    { kind: "chunk", tensor: 0, index: 0, data },
  ];
}

/** A coordinator that answers the join, and then every answer, with the next of `says`. */
async function says(...turns: CoordinatorMessage[][]): Promise<RawCoordinator> {
  return await rawCoordinator((call, message) => {
    const isTurn = message.kind === "join" || message.kind === "update-end" || message.kind === "declined";
    if (isTurn) for (const m of turns.shift() ?? [stop]) call.write(m);
    if (message.kind === "leave") call.end();
  });
}

async function attend(coordinator: RawCoordinator, client: FederatedClient): Promise<readonly ClientRound[]> {
  try {
    const once = { attempts: 1, firstDelayMs: 1 };
    return (await startClient({ address: coordinator.address, site: "a", client, retry: once })).rounds;
  } finally {
    coordinator.close();
  }
}

describe("a coordinator that lies", () => {
  const greeting: CoordinatorMessage = { ...welcome, tensors: [spec] };

  it.each([NaN, Infinity])("sends a model of %d: the site declines and does not train on it", async (value) => {
    let trained = 0;
    const client = scriptedClient(() => {
      trained += 1;
      return vector(1, 1);
    });
    const coordinator = await says([greeting, ...order("train", 1, value, 0)]);
    expect(await attend(coordinator, client)).toMatchObject([{ outcome: "declined", reason: "corrupt" }]);
    expect(trained).toBe(0);
  });

  it("asks for an evaluation where nothing is public: it is told so, and the site's code does not run", async () => {
    const client: FederatedClient = {
      ...scriptedClient(() => vector(1, 1)),
      evaluate: () => {
        throw new Error("private records were read");
      },
    };
    const coordinator = await says([greeting, ...order("evaluate", 1, 0, 0)]);
    expect(await attend(coordinator, client)).toMatchObject([{ outcome: "declined", reason: "not-available" }]);
    // credit for the chunk that came unasked says nothing
    const said = coordinator.received.map((m) => m.kind).filter((kind) => kind !== "credit");
    expect(said).toEqual(["join", "declined", "leave"]);
  });

  it("gives two orders at once: the site takes neither further and says which rule was broken", async () => {
    const client = scriptedClient(async () => {
      await new Promise((r) => setTimeout(r, 50));
      return vector(1, 1);
    });
    const coordinator = await says([greeting, ...order("train", 1, 0, 0), ...order("train", 2, 0, 0)]);
    await expect(attend(coordinator, client)).rejects.toMatchObject({
      code: "protocol_violation",
      details: { rule: "one instruction at a time" },
    });
  });

  it("never closes after the stop: the site leaves all the same", async () => {
    const coordinator = await rawCoordinator((call, message) => {
      for (const m of message.kind === "join" ? [greeting, stop] : []) call.write(m);
    });
    expect(
      await attend(
        coordinator,
        scriptedClient(() => vector(1, 1)),
      ),
    ).toEqual([]);
  });

  it("names its run so that a terminal would obey: the site does not enter it", async () => {
    const coordinator = await says([{ ...greeting, runId: "\u001b[2Jrun" }]);
    const refused = attend(
      coordinator,
      scriptedClient(() => vector(1, 1)),
    );
    await expect(refused).rejects.toMatchObject({ code: "protocol_violation" });
  });

  it("ends the stream with words that a terminal would obey: the error holds them defused", async () => {
    const coordinator = await rawCoordinator((call) => {
      call.emit("error", { code: 13, details: "\u001b]0;owned\u0007 busy" });
    });
    const error: unknown = await attend(
      coordinator,
      scriptedClient(() => vector(1, 1)),
    ).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "unreachable" });
    expect((error as Error).message).toContain("busy");
    expect((error as Error).message).not.toMatch(/[^\x20-\x7e]/);
  });
});
