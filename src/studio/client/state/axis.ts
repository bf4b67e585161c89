// Where words stand on an axis, and where a value lies on it.

export interface Axis {
  /** From 0 to 1. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Round numbers (1, 2 or 5 times a power of ten) for about `count` words; of a log axis powers of ten, and 2 and 5 where there are few. */
export function makeAxis(low: number, high: number, scale: "linear" | "log", count: number): Axis {
  if (scale === "log" && low > 0) {
    const [from, to] = [Math.log10(low), Math.log10(Math.max(high, low * 1.0001))];
    const decades = Array.from(
      { length: Math.ceil(to) - Math.floor(from) + 1 },
      (_, i) => 10 ** (Math.floor(from) + i),
    );
    const within = (value: number): boolean => value >= low * 0.999 && value <= high * 1.001;
    const whole = decades.filter(within);
    const finer = whole.length >= 3 ? whole : decades.flatMap((ten) => [ten, 2 * ten, 5 * ten]).filter(within);
    // Within less than a decade round numbers are those of a linear axis.
    const ticks = finer.length >= 2 ? finer : makeAxis(low, high, "linear", count).ticks.filter(within);
    return { place: (value) => (Math.log10(Math.max(value, 1e-300)) - from) / (to - from), ticks };
  }
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= low + span + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return { place: (value) => (value - low) / span, ticks };
}
