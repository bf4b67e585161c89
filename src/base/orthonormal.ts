// Vectors made perpendicular to each other.

/**
 * The rows made perpendicular and of length 1, in place, each by those before it (modified Gram–Schmidt, twice, which is enough
 * in float64). A row that is nothing but the others becomes zeros.
 * @param rows [row, size]
 */
export function orthonormalRows(rows: Float64Array, count: number, size: number): Float64Array {
  for (let r = 0; r < count; r++) {
    const row = rows.subarray(r * size, (r + 1) * size);
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < r; other++) {
        const before = rows.subarray(other * size, (other + 1) * size);
        let sum = 0;
        for (let i = 0; i < size; i++) sum += (row[i] as number) * (before[i] as number);
        for (let i = 0; i < size; i++) row[i] = (row[i] as number) - sum * (before[i] as number);
      }
    }
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (row[i] as number) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < size; i++) row[i] = (row[i] as number) * scale;
  }
  return rows;
}
