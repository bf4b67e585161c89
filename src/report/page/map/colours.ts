// What a point looks like: colour and shape by class or split, or a colour by value. Shapes stand beside colours, so that a
// colour is never alone. Pure.

/** How points are told apart: classes by number with names (splits too), or a value of each. */
export type Colouring =
  | { readonly by: "class"; readonly classes: ArrayLike<number>; readonly names: readonly string[] }
  | { readonly by: "value"; readonly values: ArrayLike<number>; readonly title: string; readonly unit?: string }
  | { readonly by: "nothing" };

/** Shapes in the order in which they are taken; a shape's number is its place here. */
export const shapes = ["circle", "square", "triangle", "diamond", "cross", "ring"] as const;

export type Rgb = readonly [number, number, number];

/** Six colours of tokens.css; the seventh class has the first colour again, with another shape. */
const seriesCount = 6;

/** Of class k: its colour (0 to 5 for `--series-1` to `--series-6`) and its shape. No two of 36 classes are alike. */
export function markOfClass(k: number): { readonly colour: number; readonly shape: number } {
  const round = Math.floor(k / seriesCount);
  return { colour: k % seriesCount, shape: (k + round) % shapes.length };
}

/** From blue to yellow, lighter all the way, after cividis: alike for those who see no red or no green (Nuñez, Anderton and Renslow 2018). */
const ramp: readonly Rgb[] = [
  [0, 34, 78],
  [31, 57, 110],
  [65, 77, 107],
  [92, 96, 110],
  [124, 123, 120],
  [152, 145, 117],
  [187, 174, 105],
  [222, 201, 81],
  [254, 232, 56],
];

/** @param share 0 to 1; what is no number is grey */
export function colourOfShare(share: number): Rgb {
  if (Number.isNaN(share)) return [128, 128, 128];
  const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const below = Math.min(ramp.length - 2, Math.floor(place));
  const between = (c: 0 | 1 | 2): number =>
    Math.round(ramp[below][c] + (place - below) * (ramp[below + 1][c] - ramp[below][c]));
  return [between(0), between(1), between(2)];
}

/** Between which values colours change: the 1st and the 99th percentile, so that one outlier does not make all others alike. */
export function valueRange(values: ArrayLike<number>): readonly [number, number] {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length === 0) return [0, 1];
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  return high > low ? [low, high] : [low, low + 1];
}

/** `#rrggbb` as numbers; grey for anything else. */
export function rgbOf(colour: string): Rgb {
  const [, short, long] = /^#?(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(colour.trim()) ?? [];
  // Builds of pages write #ffffff as #fff.
  const digits = long ?? short?.replace(/./g, "$&$&");
  if (digits === undefined) return [128, 128, 128];
  const part = (at: number): number => Number.parseInt(digits.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

/** `--series-1` to `--series-6` of the light theme, until the page's own are known. */
export const lightSeries: readonly string[] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** For each point four bytes: red, green, blue, shape. @param series the page's six colours */
export function pointMarks(count: number, colouring: Colouring, series: readonly Rgb[]): Uint8Array {
  const marks = new Uint8Array(4 * count);
  if (colouring.by === "value") {
    const [low, high] = valueRange(colouring.values);
    for (let i = 0; i < count; i++) {
      marks.set(colourOfShare(((colouring.values[i] ?? Number.NaN) - low) / (high - low)), 4 * i);
    }
    return marks;
  }
  const known = new Map<number, readonly number[]>();
  for (let i = 0; i < count; i++) {
    const k = colouring.by === "class" ? Math.max(0, colouring.classes[i] ?? 0) : 0;
    const { colour, shape } = markOfClass(k);
    const mark = known.get(k) ?? [...series[colour], shape];
    known.set(k, mark);
    marks.set(mark, 4 * i);
  }
  return marks;
}

/** The path of a shape for SVG, about (x, y), that looks as large as a circle of that radius. */
export function shapePath(shape: number, x: number, y: number, radius: number): string {
  const number = (value: number): string => String(Math.round(10 * value) / 10);
  const line = (...places: readonly (readonly [number, number])[]): string =>
    `M${places.map(([dx, dy]) => `${number(x + dx * radius)} ${number(y + dy * radius)}`).join("L")}Z`;
  const circle = (r: number): string => {
    const half = `a${number(r)} ${number(r)} 0 1 0`;
    return `M${number(x - r)} ${number(y)}${half} ${number(2 * r)} 0${half} ${number(-2 * r)} 0Z`;
  };
  switch (shapes[shape]) {
    case "square":
      return line([-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]);
    case "triangle":
      return line([0, -1.2], [1.1, 0.8], [-1.1, 0.8]);
    case "diamond":
      return line([0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]);
    case "cross":
      return line(
        ...([
          [-0.4, -1.2],
          [0.4, -1.2],
          [0.4, -0.4],
          [1.2, -0.4],
          [1.2, 0.4],
          [0.4, 0.4],
        ] as const),
        ...([
          [0.4, 1.2],
          [-0.4, 1.2],
          [-0.4, 0.4],
          [-1.2, 0.4],
          [-1.2, -0.4],
          [-0.4, -0.4],
        ] as const),
      );
    case "ring":
      return circle(1.15 * radius) + circle(0.55 * radius);
    default:
      return circle(radius);
  }
}
