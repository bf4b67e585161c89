// Small float64 matrices: products and perpendicular rows. Rows lie `stride` numbers apart, a multiple of 4, zeros from their
// end on.

/** `to` = a·b for square matrices of `rows` rows, a multiple of 4 with zeros from their end on; four by four numbers at a time. */
export function multiplySquare(a: usize, b: usize, to: usize, rows: i32): void {
  const row = (<usize>rows) << 3;
  const end = row * <usize>rows;
  for (let r: usize = 0; r < end; r += row << 2) {
    for (let i: usize = 0; i < row; i += 32) {
      let s00 = f64x2.splat(0);
      let s01 = s00;
      let s10 = s00;
      let s11 = s00;
      let s20 = s00;
      let s21 = s00;
      let s30 = s00;
      let s31 = s00;
      let from = a + r;
      for (let at = b + i; at < b + end; at += row, from += 8) {
        const low = v128.load(at);
        const high = v128.load(at, 16);
        const f0 = v128.load64_splat(from);
        s00 = f64x2.add(s00, f64x2.mul(f0, low));
        s01 = f64x2.add(s01, f64x2.mul(f0, high));
        const f1 = v128.load64_splat(from + row);
        s10 = f64x2.add(s10, f64x2.mul(f1, low));
        s11 = f64x2.add(s11, f64x2.mul(f1, high));
        const f2 = v128.load64_splat(from + 2 * row);
        s20 = f64x2.add(s20, f64x2.mul(f2, low));
        s21 = f64x2.add(s21, f64x2.mul(f2, high));
        const f3 = v128.load64_splat(from + 3 * row);
        s30 = f64x2.add(s30, f64x2.mul(f3, low));
        s31 = f64x2.add(s31, f64x2.mul(f3, high));
      }
      const target = to + r + i;
      v128.store(target, s00);
      v128.store(target, s01, 16);
      v128.store(target + row, s10);
      v128.store(target + row, s11, 16);
      v128.store(target + 2 * row, s20);
      v128.store(target + 2 * row, s21, 16);
      v128.store(target + 3 * row, s30);
      v128.store(target + 3 * row, s31, 16);
    }
  }
}

/** The product of two rows. */
function dot(a: usize, b: usize, end: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (; a < end; a += 32, b += 32) {
    low = f64x2.add(low, f64x2.mul(v128.load(a), v128.load(b)));
    high = f64x2.add(high, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Makes `count` rows perpendicular and of length 1, each by those before it: modified Gram–Schmidt, twice. */
export function orthonormalRows(rows: usize, count: i32, stride: i32): void {
  const step = (<usize>stride) << 3;
  const end = rows + <usize>count * step;
  for (let row = rows; row < end; row += step) {
    const rowEnd = row + step;
    for (let pass = 0; pass < 2; pass++) {
      for (let before = rows; before < row; before += step) {
        const factor = f64x2.splat(dot(row, before, rowEnd));
        for (let at = row, from = before; at < rowEnd; at += 32, from += 32) {
          v128.store(at, f64x2.sub(v128.load(at), f64x2.mul(factor, v128.load(from))));
          v128.store(at, f64x2.sub(v128.load(at, 16), f64x2.mul(factor, v128.load(from, 16))), 16);
        }
      }
    }
    const squares = dot(row, row, rowEnd);
    const scale = f64x2.splat(squares > 0 ? 1 / Math.sqrt(squares) : 0);
    for (let at = row; at < rowEnd; at += 16) v128.store(at, f64x2.mul(v128.load(at), scale));
  }
}
