// Small sums and choices that several rooms need.

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** At most `most` places of 0 … count−1, rising, evenly over all: sets are often sorted by class. */
export function evenPlaces(count: number, most: number): readonly number[] {
  const chosen = Math.min(count, most);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * count) / chosen));
}

/** Arrays of numbers one after the other, in a new one. @param Kind of the new one: there may be none to take it from */
export function concatenated<Values extends Uint8Array | Float32Array | Float64Array>(
  parts: readonly Values[],
  Kind: new (length: number) => Values,
): Values {
  const all = new Kind(sum(parts.map(({ length }) => length)));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Things 0 … count−1 that are joined two by two, and the groups that come of it. */
export interface Joined {
  /** The smallest of a thing's group. */
  leaderOf(thing: number): number;
  join(one: number, other: number): void;
  /** Groups of two and more, in the order of their smallest; things rise within them. */
  groups(): readonly (readonly number[])[];
}

export function joined(count: number): Joined {
  const leaders = Uint32Array.from({ length: count }, (_, thing) => thing);
  const leaderOf = (thing: number): number => {
    let leader = thing;
    while (leaders[leader] !== leader) leader = leaders[leader] as number;
    // The way is shorter the next time.
    for (let at = thing; at !== leader; ) {
      const next = leaders[at] as number;
      leaders[at] = leader;
      at = next;
    }
    return leader;
  };
  return {
    leaderOf,
    join(one, other) {
      const [a, b] = [leaderOf(one), leaderOf(other)];
      leaders[Math.max(a, b)] = Math.min(a, b);
    },
    groups() {
      const members = new Map<number, number[]>();
      for (let thing = 0; thing < count; thing++) {
        const leader = leaderOf(thing);
        const known = members.get(leader);
        if (known === undefined) members.set(leader, [thing]);
        else known.push(thing);
      }
      return [...members.values()].filter(({ length }) => length > 1);
    },
  };
}
