// Values of pixels: noise, clipping, from bytes to floats.

/** Adds `scale` times the table's entry `half word i` to value i, in float64 and rounded once. */
export function addFromTable(halves: usize, table: usize, values: usize, count: i32, scale: f64): void {
  for (let i = 0; i < count; i++) {
    const entry = <usize>load<u16>(halves + ((<usize>i) << 1));
    const at = values + ((<usize>i) << 2);
    store<f32>(at, <f32>(<f64>load<f32>(at) + scale * <f64>load<f32>(table + (entry << 2))));
  }
}

/** Clips values to [0, 1], four at a time; what is no number becomes 0. */
export function clip(values: usize, count: i32): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  for (const end = values + ((<usize>count) << 2); values < end; values += 16) {
    v128.store(values, f32x4.pmin(f32x4.pmax(zero, v128.load(values)), one));
  }
}

/** The float32 of each byte's value/255, four at a time (up to 12 bytes beyond the end). */
export function unitFromBytes(bytes: usize, to: usize, count: i32): void {
  const largest = f32x4.splat(255);
  for (const end = bytes + <usize>count; bytes < end; bytes += 4, to += 16) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(bytes)));
    v128.store(to, f32x4.div(f32x4.convert_i32x4_s(words), largest));
  }
}
