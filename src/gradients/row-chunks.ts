/** Rows and units (single rows, or groups of them) of one pass. */
export interface RowChunk {
  readonly first: number;
  readonly count: number;
  readonly firstUnit: number;
  readonly units: number;
}

/** Cuts a batch into passes of at most `most` rows; no group is divided, so one that is larger is a pass by itself. */
export function chunkRows(rows: number, most: number, groupSizes?: Uint32Array): RowChunk[] {
  const chunks: RowChunk[] = [];
  if (groupSizes === undefined) {
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      chunks.push({ first, count, firstUnit: first, units: count });
    }
    return chunks;
  }
  for (let firstUnit = 0, first = 0; firstUnit < groupSizes.length;) {
    let count = groupSizes[firstUnit];
    let units = 1;
    while (firstUnit + units < groupSizes.length && count + groupSizes[firstUnit + units] <= most) {
      count += groupSizes[firstUnit + units];
      units++;
    }
    chunks.push({ first, count, firstUnit, units });
    first += count;
    firstUnit += units;
  }
  return chunks;
}
