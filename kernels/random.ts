// Philox 4×32-10, and what is made of its words. `philox` in src/base/random.ts is the definition.

const M0: i32 = 0xd2511f53;
const M1: i32 = 0xcd9e8d57;
const W0: i32 = 0x9e3779b9;
const W1: i32 = 0xbb67ae85;

/**
 * Writes blocks of four words to `at` … `end`, four blocks at a time (up to 48 bytes beyond `end`).
 * @param block number of the first block, the counter's last word; (c0, c1, c2) are its others, (k0, k1) the key
 */
export function philoxBlocks(at: usize, end: usize, block: i32, c0: i32, c1: i32, c2: i32, k0: i32, k1: i32): void {
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  let blocks = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  for (; at < end; at += 64) {
    // Word i of four counters.
    let x0 = i32x4.splat(c0);
    let x1 = i32x4.splat(c1);
    let x2 = i32x4.splat(c2);
    let x3 = blocks;
    let key0 = k0;
    let key1 = k1;
    for (let round = 0; round < 10; round++) {
      const low0 = i64x2.extmul_low_i32x4_u(x0, m0);
      const high0 = i64x2.extmul_high_i32x4_u(x0, m0);
      const low1 = i64x2.extmul_low_i32x4_u(x2, m1);
      const high1 = i64x2.extmul_high_i32x4_u(x2, m1);
      x0 = v128.xor(v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), x1), i32x4.splat(key0));
      x1 = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
      x2 = v128.xor(v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), x3), i32x4.splat(key1));
      x3 = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6);
      key0 += W0;
      key1 += W1;
    }
    // From words of four blocks to blocks of four words.
    const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    v128.store(at, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(at, v128.shuffle<i64>(a, b, 1, 3), 16);
    v128.store(at, v128.shuffle<i64>(c, d, 0, 2), 32);
    v128.store(at, v128.shuffle<i64>(c, d, 1, 3), 48);
    blocks = i32x4.add(blocks, i32x4.splat(4));
  }
}

/**
 * Writes `kept` to value i where half word i is not below the threshold, else 0; eight values at a time.
 * @param threshold 0 to 65,535
 */
export function dropoutMask(halves: usize, to: usize, count: i32, threshold: i32, kept: f32): void {
  const limit = i16x8.splat(<i16>threshold);
  const value = f32x4.splat(kept);
  for (let i = 0; i < count; i += 8, halves += 16, to += 32) {
    const isKept = i16x8.ge_u(v128.load(halves), limit);
    v128.store(to, v128.and(i32x4.extend_low_i16x8_s(isKept), value));
    v128.store(to, v128.and(i32x4.extend_high_i16x8_s(isKept), value), 16);
  }
}
