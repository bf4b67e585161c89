// The k nearest neighbours of codes, and the vote of their classes.
import type { Engine } from "../engines/engine.js";
import type { LabelledCodes } from "./codes.js";
import { nearLists } from "./nearestRows.js";

/**
 * What the classes of the nearest codes say, for each k: the class with the most votes, of equals the smallest number, as
 * scikit-learn's `KNeighborsClassifier` (brute, uniform weights) decides. Distances are Euclidean.
 * @returns by k, the predictions in the queries' order
 * @throws AbortError
 */
export async function neighbourVotes(
  engine: Engine,
  train: LabelledCodes,
  queries: LabelledCodes,
  counts: readonly number[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<number, Uint16Array>> {
  const most = Math.min(Math.max(...counts), train.count);
  const predictions = new Map(counts.map((k) => [k, new Uint16Array(queries.count)]));
  const classes = Array.from(train.labels).reduce((largest, label) => Math.max(largest, label), 0) + 1;
  await nearLists(engine, queries.codes, train.codes, train.width, {
    most,
    signal,
    take(query, places) {
      for (const [k, found] of predictions) found[query] = vote(places, Math.min(k, most), train.labels, classes);
    },
  });
  return predictions;
}

function vote(places: Uint32Array, k: number, labels: ArrayLike<number>, classes: number): number {
  const votes = new Uint32Array(classes);
  for (let i = 0; i < k; i++) {
    const label = labels[places[i] as number] as number;
    votes[label] = (votes[label] as number) + 1;
  }
  return votes.indexOf(Math.max(...votes));
}
