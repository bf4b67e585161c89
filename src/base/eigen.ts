// Eigenvalues and eigenvectors of a symmetric matrix, in float64: Householder's tridiagonal form, then implicit QL.
import { InternalError } from "./errors.js";
import { isPauseDue, pause } from "./turns.js";

export interface Eigen {
  /** From the largest down. */
  readonly values: Float64Array;
  /** [eigenvector, coordinate], row by row, of length 1 and perpendicular to each other; in the values' order. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues of a symmetric matrix, and the eigenvectors of the largest ones (Golub and Van Loan, "Matrix
 * computations", sections 8.3.1 and 8.3.3: the methods that LAPACK's dsyev has). Takes about 3·size³ multiplications for the
 * rotations, so a thousand is a matter of seconds, in which the thread is given back.
 * @param matrix [size, size]; only its upper triangle is read
 * @param options.count how many eigenvectors are wanted. Default all
 * @throws InternalError for a matrix with something that is not a finite number, AbortError
 */
export async function symmetricEigen(
  matrix: ArrayLike<number>,
  size: number,
  { count = size, signal }: { readonly count?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<Eigen> {
  if (matrix.length !== size * size) throw new InternalError(`${matrix.length} numbers are no ${size}×${size} matrix`);
  for (let i = 0; i < matrix.length; i++) {
    if (!Number.isFinite(matrix[i])) throw new InternalError("a matrix to decompose has a number that is not finite");
  }
  const { diagonal, beside, reflectors } = await tridiagonal(matrix, size, signal);
  const rotated = await rotations(diagonal, beside, signal);
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (a, b) => (diagonal[b] as number) - (diagonal[a] as number),
  );
  const kept = Math.min(count, size);
  const vectors = new Float64Array(kept * size);
  for (let row = 0; row < kept; row++) {
    const from = order[row] as number;
    const vector = vectors.subarray(row * size, (row + 1) * size);
    vector.set(rotated.subarray(from * size, (from + 1) * size));
    if (isPauseDue()) await pause(signal);
    for (let step = reflectors.length - 1; step >= 0; step--)
      reflect(vector, reflectors[step] as Float64Array, step + 1);
  }
  return { values: Float64Array.from(order, (i) => diagonal[i] as number), vectors };
}

/**
 * H·A·H with H the product of reflections I − 2·v·vᵀ, each v of length 1 (or 0 where there is nothing to reflect) and over the
 * coordinates after its step.
 */
async function tridiagonal(matrix: ArrayLike<number>, size: number, signal: AbortSignal | undefined) {
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => matrix[i <= j ? i * size + j : j * size + i] as number),
  );
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const reflectors: Float64Array[] = [];
  for (let step = 0; step < size; step++) {
    const row = rows[step] as Float64Array;
    diagonal[step] = row[step] as number;
    const rest = size - step - 1;
    if (rest === 1) beside[step] = row[step + 1] as number;
    if (rest < 2) continue;
    if (isPauseDue()) await pause(signal);
    const { vector, length } = reflector(row.subarray(step + 1));
    beside[step] = length;
    reflectors.push(vector);
    reflectBoth(rows, step + 1, vector);
  }
  return { diagonal, beside, reflectors };
}

/** The rows and columns from `first` on, reflected along the vector. */
function reflectBoth(rows: readonly Float64Array[], first: number, vector: Float64Array): void {
  const rest = vector.length;
  const product = new Float64Array(rest);
  let onVector = 0;
  for (let i = 0; i < rest; i++) {
    const of = (rows[first + i] as Float64Array).subarray(first);
    let sum = 0;
    for (let j = 0; j < rest; j++) sum += (of[j] as number) * (vector[j] as number);
    product[i] = sum;
    onVector += sum * (vector[i] as number);
  }
  // A − 2v·wᵀ − 2w·vᵀ with w = A·v − (vᵀ·A·v)·v
  for (let i = 0; i < rest; i++) product[i] = 2 * ((product[i] as number) - onVector * (vector[i] as number));
  for (let i = 0; i < rest; i++) {
    const of = (rows[first + i] as Float64Array).subarray(first);
    const [v, w] = [vector[i] as number, product[i] as number];
    for (let j = 0; j < rest; j++) {
      of[j] = (of[j] as number) - v * (product[j] as number) - w * (vector[j] as number);
    }
  }
}

/** The unit vector whose reflection turns `x` into a multiple of the first axis, and that multiple. */
function reflector(x: Float64Array): { vector: Float64Array; length: number } {
  const norm = Math.hypot(...norms(x));
  const vector = x.slice();
  const first = x[0] as number;
  // The sign that does not cancel.
  const length = first > 0 ? -norm : norm;
  vector[0] = first - length;
  const own = Math.hypot(...norms(vector));
  if (own === 0) return { vector: vector.fill(0), length: first };
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / own;
  return { vector, length };
}

/** Lengths of pieces of a vector: `Math.hypot` guards against overflow, but takes no million arguments. */
function norms(x: Float64Array): number[] {
  const pieces: number[] = [];
  for (let start = 0; start < x.length; start += 1024) pieces.push(Math.hypot(...x.subarray(start, start + 1024)));
  return pieces;
}

function reflect(vector: Float64Array, by: Float64Array, from: number): void {
  let sum = 0;
  for (let i = 0; i < by.length; i++) sum += (by[i] as number) * (vector[from + i] as number);
  for (let i = 0; i < by.length; i++) vector[from + i] = (vector[from + i] as number) - 2 * sum * (by[i] as number);
}

const mostSweeps = 60;

/**
 * Turns a symmetric tridiagonal matrix diagonal, in place, by implicit QL steps with Wilkinson's shift.
 * @returns the eigenvectors as rows
 */
async function rotations(
  diagonal: Float64Array,
  beside: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const size = diagonal.length;
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  let largest = 0;
  for (let i = 0; i < size; i++)
    largest = Math.max(largest, Math.abs(diagonal[i] as number) + Math.abs(beside[i] as number));
  // Held against the whole matrix, not against its neighbours: where pixels never change those are rounding alone.
  const negligible = Number.EPSILON * largest;
  for (let low = 0; low < size; low++) {
    for (let sweep = 0; ; sweep++) {
      let high = low;
      while (high < size - 1 && Math.abs(beside[high] as number) > negligible) high++;
      if (high === low) break;
      if (sweep === mostSweeps) throw new InternalError("the eigenvalues of a matrix do not converge");
      sweepUp(diagonal, beside, low, high, vectors);
      if (isPauseDue()) await pause(signal);
    }
  }
  return vectors;
}

/** One QL step on the block from `low` to `high`: a rotation of neighbours chases the bulge from its end to its start. */
function sweepUp(d: Float64Array, e: Float64Array, low: number, high: number, vectors: Float64Array): void {
  const size = d.length;
  const half = ((d[low + 1] as number) - (d[low] as number)) / (2 * (e[low] as number));
  const root = Math.hypot(half, 1);
  const shift = (d[low] as number) - (e[low] as number) / (half + (half < 0 ? -root : root));
  let bulge = (d[high] as number) - shift;
  let sine = 1;
  let cosine = 1;
  let taken = 0;
  for (let i = high - 1; i >= low; i--) {
    const off = sine * (e[i] as number);
    const along = cosine * (e[i] as number);
    const radius = Math.hypot(off, bulge);
    e[i + 1] = radius;
    if (radius === 0) {
      // The block has come apart here: what was taken is given back, and the two parts go on alone.
      d[i + 1] = (d[i + 1] as number) - taken;
      e[high] = 0;
      return;
    }
    sine = off / radius;
    cosine = bulge / radius;
    const next = (d[i + 1] as number) - taken;
    const mixed = ((d[i] as number) - next) * sine + 2 * cosine * along;
    taken = sine * mixed;
    d[i + 1] = next + taken;
    bulge = cosine * mixed - along;
    rotate(vectors, i * size, (i + 1) * size, size, cosine, sine);
  }
  d[low] = (d[low] as number) - taken;
  e[low] = bulge;
  e[high] = 0;
}

function rotate(of: Float64Array, a: number, b: number, size: number, cosine: number, sine: number): void {
  for (let k = 0; k < size; k++) {
    const x = of[a + k] as number;
    const y = of[b + k] as number;
    of[b + k] = sine * x + cosine * y;
    of[a + k] = cosine * x - sine * y;
  }
}
