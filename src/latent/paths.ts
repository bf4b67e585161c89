// Ways from code to code: straight lines and arcs, through two or more stops.
import { InternalError } from "../base/errors.js";

/** `straight`: along the line. `spherical`: along the arc, the length changing on the way from one code's to the other's. */
export const pathKinds = ["straight", "spherical"] as const;
export type PathKind = (typeof pathKinds)[number];

/** A way of interpolation: the code at `t` from `from` (0) to `to` (1), both of one length. */
export type Interpolation = (from: ArrayLike<number>, to: ArrayLike<number>, t: number) => Float32Array;

/** (1 − t)·from + t·to */
export const straight: Interpolation = (from, to, t) =>
  Float32Array.from({ length: from.length }, (_, i) => (1 - t) * (from[i] as number) + t * (to[i] as number));

/**
 * sin((1−t)ω)/sin ω · from + sin(tω)/sin ω · to, where ω is the angle between both (Shoemake 1985, "Animating rotation
 * with quaternion curves"; for codes White 2016, "Sampling generative networks"). Codes drawn from a standard normal
 * distribution lie near a sphere, and so does this way between them; the straight one leads through its inside.
 * Where there is no arc (one direction, opposite directions, a code of length 0) the way is the straight one.
 */
export const spherical: Interpolation = (from, to, t) => {
  const angle = angleBetween(from, to);
  const sine = Math.sin(angle);
  // Near 0 and π the weights are differences of large numbers, and the arc is a line or anything at all.
  if (!(sine > 1e-6)) return straight(from, to, t);
  const [a, b] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return Float32Array.from({ length: from.length }, (_, i) => a * (from[i] as number) + b * (to[i] as number));
};

const interpolations: Readonly<Record<PathKind, Interpolation>> = { straight, spherical };

/**
 * Codes on the way from stop to stop: `steps` from one stop to the next, both included, so (stops − 1)·(steps − 1) + 1 in
 * all; stop i is code i·(steps − 1), to the bit.
 * @param stops [stop, unit], two or more of them
 * @param codeSize units of a code
 * @param steps at least 2
 * @returns [code, unit]
 */
export function codePath(stops: Float32Array, codeSize: number, steps: number, kind: PathKind): Float32Array {
  const count = stops.length / codeSize;
  if (!Number.isInteger(count) || count < 2) {
    throw new InternalError(`${stops.length} numbers are no two or more stops of ${codeSize}`);
  }
  if (!Number.isInteger(steps) || steps < 2) throw new InternalError(`a way has at least 2 steps, not ${steps}`);
  const between = interpolations[kind];
  const stop = (i: number): Float32Array => stops.subarray(i * codeSize, (i + 1) * codeSize);
  const path = new Float32Array(((count - 1) * (steps - 1) + 1) * codeSize);
  for (let i = 0; i < count; i++) {
    path.set(stop(i), i * (steps - 1) * codeSize);
    if (i === count - 1) break;
    for (let step = 1; step < steps - 1; step++) {
      path.set(between(stop(i), stop(i + 1), step / (steps - 1)), (i * (steps - 1) + step) * codeSize);
    }
  }
  return path;
}

/**
 * The angle between two vectors in radians, 0 to π, exact near both ends: 2·atan2(|a/|a| − b/|b||, |a/|a| + b/|b||)
 * (Kahan 2006, "How futile are mindless assessments of roundoff"). NaN where one has length 0.
 */
function angleBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [lengthA, lengthB] = [lengthOf(a), lengthOf(b)];
  let difference = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) / lengthA, (b[i] as number) / lengthB];
    difference += (x - y) ** 2;
    sum += (x + y) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(difference), Math.sqrt(sum));
}

function lengthOf(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] as number) ** 2;
  return Math.sqrt(squares);
}
