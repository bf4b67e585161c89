// Where in one block of memory the values of a program lie, so that those that are never needed together share it.
import type { Program } from "../graph.js";
import { valuesOf } from "../graph.js";
import { sizeOf, type Value } from "../ops/define.js";

/** From the step that writes it to the last that reads it, both included. */
export interface LiveInterval {
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
}
export interface MemoryPlan {
  /** Where each interval's bytes begin. */
  readonly offsets: number[];
  /** The size of the whole block. */
  readonly bytes: number;
}

/**
 * Largest first, each into the smallest gap it fits that is left by those it lives together with; no two intervals that
 * overlap in time share a byte. Finding the least memory is NP-hard; this order is close to it for networks
 * (Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference").
 * @param alignment every offset is a multiple of it, in bytes
 */
export function planMemory(intervals: readonly LiveInterval[], alignment = 64): MemoryPlan {
  const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const offsets = intervals.map(() => 0);
  const largestFirst = intervals.map((_, i) => i).sort((a, b) => intervals[b].bytes - intervals[a].bytes || a - b);
  /** Sorted by offset. */
  const placed: number[] = [];
  let total = 0;
  for (const current of largestFirst) {
    const { start, end, bytes } = intervals[current];
    if (bytes === 0) continue;
    let best = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    let free = 0;
    for (const other of placed) {
      if (intervals[other].start > end || intervals[other].end < start) continue;
      const gap = offsets[other] - free;
      if (gap >= bytes && gap < bestGap) {
        best = free;
        bestGap = gap;
      }
      free = Math.max(free, aligned(offsets[other] + intervals[other].bytes));
    }
    const offset = best < 0 ? free : best;
    offsets[current] = offset;
    total = Math.max(total, offset + bytes);
    const place = placed.findIndex((other) => offsets[other] > offset);
    placed.splice(place < 0 ? placed.length : place, 0, current);
  }
  return { offsets, bytes: total };
}

/**
 * The memory, in bytes, that a program's computed values need in float32 when they share it as `planMemory` says; inputs
 * and state are not counted. An estimate: an engine may compute in place, and needs room of its own.
 */
export function peakBytes(program: Program): number {
  const lastUse = new Map<Value, number>();
  program.nodes.forEach((node, step) => {
    for (const value of node.inputs) lastUse.set(value, step);
  });
  for (const value of [...Object.values(program.outputs), ...Object.values(program.updates)]) {
    lastUse.set(value, program.nodes.length);
  }
  const intervals = program.nodes.flatMap((node, start) =>
    node.op === "input" || node.op === "state"
      ? []
      : valuesOf(node).map((value) => ({ start, end: lastUse.get(value) ?? start, bytes: 4 * sizeOf(value.shape) })),
  );
  return planMemory(intervals).bytes;
}
