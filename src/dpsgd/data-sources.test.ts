import { memory, tensor } from "@tensorflow/tfjs-core";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rowsFromFiles } from "./file-rows.ts";
import { type IndexedRow, rowsFromIndexed } from "./indexed-rows.ts";
import { rowsFromArrays } from "./rows.ts";
import { clouds, codeOf, freshFolder, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";

const { x, y } = clouds(64);

/** The clouds in two files, x after a header of 16 bytes. */
function writeClouds(): { x: string; y: string } {
  const folder = freshFolder();
  mkdirSync(folder, { recursive: true });
  const paths = { x: join(folder, "x.bin"), y: join(folder, "y.bin") };
  writeFileSync(paths.x, Buffer.concat([Buffer.alloc(16, 0xff), Buffer.from(x.data.buffer)]));
  writeFileSync(paths.y, Buffer.from(y.data.buffer));
  return paths;
}

const filesOf = (paths: { x: string; y: string }) =>
  ({
    x: { path: paths.x, dtype: "float32", rowShape: [2], offset: 16 },
    y: { path: paths.y, dtype: "int32", rowShape: [] },
    rows: 64,
  }) as const;

const indexed = (index: number): IndexedRow => ({
  x: { data: x.data.slice(2 * index, 2 * index + 2), shape: [2] },
  y: { data: y.data.slice(index, index + 1), shape: [] },
});

describe("data sources", () => {
  it("give the same rows from memory, from files, and from records one by one", async () => {
    const files = rowsFromFiles(filesOf(writeClouds()));
    const sources = [
      rowsFromArrays(x, y),
      files,
      rowsFromIndexed({ rows: 64, get: (i) => Promise.resolve(indexed(i)) }),
    ];
    for (const wanted of [[0], [63], [3, 4, 5, 9, 60, 61], []]) {
      const batches = await Promise.all(sources.map(async (s) => s.gather(Uint32Array.from(wanted))));
      const shown = batches.map((b) => [
        b.x[0]?.shape,
        [...b.x[0].dataSync()],
        b.y.shape,
        [...b.y.dataSync()],
        b.y.dtype,
      ]);
      expect(shown[1]).toEqual(shown[0]);
      expect(shown[2]).toEqual(shown[0]);
      for (const b of batches) for (const t of [...b.x, b.y]) t.dispose();
    }
    files.close();
    files.close();
    expect(() => files.gather(Uint32Array.of(1))).toThrow("closed");
  });

  it("train the same model bit for bit", async () => {
    const files = rowsFromFiles(filesOf(writeClouds()));
    const weights: number[][] = [];
    for (const data of [{ x, y }, { source: files }, { source: rowsFromIndexed({ rows: 64, get: indexed }) }]) {
      const engine = await openSeeded(77);
      const model = smallModel();
      const trainer = await engine.makePrivate({
        ...smallRun(model),
        data: { id: "clouds", ...data },
        noiseMultiplier: 1,
      });
      await trainer.fit();
      weights.push(weightsOf(model));
      await engine.close();
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
    files.close();
  });

  it("scale and widen small integers on the way out", async () => {
    const path = join(freshFolder(), "bytes.bin");
    writeFileSync(path, Uint8Array.of(0, 51, 255, 7));
    const labels = { path, dtype: "int8", rowShape: [] } as const;
    const bytes = rowsFromFiles({ x: [{ path, dtype: "uint8", rowShape: [1], scale: 1 / 255 }], y: labels, rows: 4 });
    const batch = await bytes.gather(Uint32Array.of(1, 2));
    expect([...batch.x[0].dataSync()].map((v) => Math.round(v * 1000))).toEqual([200, 1000]);
    expect([...batch.y.dataSync()]).toEqual([51, -1]);
    bytes.close();
  });

  it("refuse files that are missing, of another length or cut while they are read, and leave none open", async () => {
    const paths = writeClouds();
    const files = filesOf(paths);
    expect(await codeOf(() => rowsFromFiles({ ...files, rows: 63 }))).toBe("file_unreadable");
    expect(await codeOf(() => rowsFromFiles({ ...files, x: { ...files.x, path: `${paths.x}.none` } }))).toBe(
      "file_unreadable",
    );
    expect(await codeOf(() => rowsFromFiles({ ...files, x: { ...files.x, dtype: "float64" as "float32" } }))).toBe(
      "invalid_argument",
    );
    expect(await codeOf(() => rowsFromFiles({ ...files, x: { ...files.x, rowShape: [0] } }))).toBe("invalid_argument");
    expect(await codeOf(() => rowsFromFiles({ ...files, rows: 0 }))).toBe("invalid_argument");
    const open = rowsFromFiles(files);
    expect(await codeOf(() => open.gather(Uint32Array.of(64)))).toBe("invalid_argument");
    truncateSync(paths.x, 100);
    expect(await codeOf(() => open.gather(Uint32Array.of(63)))).toBe("file_unreadable");
    open.close();
  });

  it("take one file of labels for every output of the model", async () => {
    const paths = writeClouds();
    const files = filesOf(paths);
    const open = rowsFromFiles({ ...files, y: [files.y, files.x] });
    const batch = await open.gather(Uint32Array.of(2, 9));
    expect([batch.y.dtype, batch.y.shape, batch.moreLabels?.map((t) => t.shape)]).toEqual(["int32", [2], [[2, 2]]]);
    expect([...(batch.moreLabels?.[0]?.dataSync() ?? [])]).toEqual([...batch.x[0].dataSync()]);
    for (const t of [...batch.x, batch.y, ...(batch.moreLabels ?? [])]) t.dispose();
    open.close();
    for (const none of [{ x: [] }, { y: [] }]) {
      expect(await codeOf(() => rowsFromFiles({ ...files, ...none }))).toBe("invalid_argument");
    }
  });

  it.each([
    {
      change: "written to",
      alter: (path: string) => {
        const handle = openSync(path, "r+");
        writeSync(handle, Uint8Array.of(1, 2, 3), 0, 3, 64);
        closeSync(handle);
      },
    },
    { change: "cut", alter: (path: string) => truncateSync(path, 300) },
    { change: "longer", alter: (path: string) => appendFileSync(path, "more") },
  ])("end a run whose file is $change while it trains, and that step costs nothing", async ({ alter }) => {
    const paths = writeClouds();
    const files = rowsFromFiles(filesOf(paths));
    const engine = await openSeeded(79);
    const data = { id: "clouds", source: files };
    const trainer = await engine.makePrivate({ ...smallRun(), data, noiseMultiplier: 1 });
    const before = memory().numTensors;
    const fit = trainer.fit({ onStep: ({ index }) => void (index === 3 && alter(paths.x)) });
    await expect(fit).rejects.toMatchObject({ code: "file_unreadable", details: { path: paths.x } });
    expect(engine.ledger.spent("clouds").runs[0]?.used).toBe(3);
    expect(memory().numTensors).toBe(before);
    files.close();
    await engine.close();
  });

  it("read a file of 5 GiB without holding it", async () => {
    const folder = freshFolder();
    mkdirSync(folder, { recursive: true });
    const [path, labels] = [join(folder, "large.bin"), join(folder, "labels.bin")];
    // holes: the disk holds what is written alone
    const rows = 5 * 2 ** 20;
    writeFileSync(path, "");
    truncateSync(path, 1024 * rows);
    writeFileSync(labels, "");
    truncateSync(labels, rows);
    const handle = openSync(path, "r+");
    writeSync(handle, new Float32Array([7]), 0, 4, 1024 * (rows - 1));
    closeSync(handle);
    const files = rowsFromFiles({
      x: { path, dtype: "float32", rowShape: [256] },
      y: { path: labels, dtype: "uint8", rowShape: [] },
      rows,
    });
    const before = process.memoryUsage.rss();
    for (let k = 0; k < 200; k++) {
      const indices = Uint32Array.from({ length: 64 }, (_, i) => (k + 200 * i) * 400 + i);
      const batch = await files.gather(indices);
      for (const t of [...batch.x, batch.y]) t.dispose();
    }
    const last = await files.gather(Uint32Array.of(rows - 1));
    expect(last.x[0].dataSync()[0]).toBe(7);
    for (const t of [...last.x, last.y]) t.dispose();
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(128);
    files.close();
    rmSync(folder, { recursive: true });
  });
});

describe("a source that hands out records", () => {
  it("cannot give one object for two records, records of several shapes, none, or others than were asked for", async () => {
    const before = memory().numTensors;
    const same = indexed(0);
    const lies: ((index: number) => unknown)[] = [
      () => same,
      (i) => ({ ...indexed(i), x: { data: new Float32Array(i + 1), shape: [i + 1] } }),
      () => undefined,
      (i) => ({ y: indexed(i).y }),
      (i) => ({ x: indexed(i).x }),
    ];
    for (const get of lies) {
      const source = rowsFromIndexed({ rows: 64, get: get as (i: number) => IndexedRow });
      await expect(Promise.resolve(source.gather(Uint32Array.of(1, 2)))).rejects.toThrow();
    }
    expect(memory().numTensors).toBe(before);
    const engine = await openSeeded(78);
    const honest = rowsFromArrays(x, y);
    const source = {
      rows: 64,
      gather: async (rows: Uint32Array) => ({
        ...(await honest.gather(rows)),
        rows: rows.map((r) => (r === 0 ? 0 : r - 1)),
      }),
    };
    const trainer = await engine.makePrivate({ ...smallRun(), data: { id: "clouds", source }, noiseMultiplier: 1 });
    await expect(trainer.fit()).rejects.toThrow("each once");
    expect(engine.ledger.spent("clouds").runs[0]?.used).toBe(0);
    await engine.close();
  });

  it("may hand out tensors, which are disposed after use", async () => {
    const before = memory().numTensors;
    const source = rowsFromIndexed({ rows: 5, get: (i) => ({ x: [tensor([i, i]), i], y: tensor(i, [], "int32") }) });
    const batch = await source.gather(Uint32Array.of(1, 4));
    expect(batch.x.map((t) => [...t.dataSync()])).toEqual([
      [1, 1, 4, 4],
      [1, 4],
    ]);
    expect(memory().numTensors).toBe(before + 3);
    for (const t of [...batch.x, batch.y]) t.dispose();
    const none = await source.gather(Uint32Array.of());
    expect(none.x.map((t) => t.shape)).toEqual([[0, 2], [0]]);
    for (const t of [...none.x, none.y]) t.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
