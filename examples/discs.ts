// Pictures to try things on: white discs on black, wherever chance puts them.

/** @returns [image, 1, size, size], bytes of 0 to 255 */
export function discs(count: number, size = 28): Uint8Array {
  const pixels = new Uint8Array(count * size * size);
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (let image = 0; image < count; image++) {
    const radius = 3 + 4 * random();
    const [x, y] = [radius + (size - 2 * radius) * random(), radius + (size - 2 * radius) * random()];
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const inside = radius - Math.hypot(column - x, row - y);
        pixels[(image * size + row) * size + column] = 255 * Math.min(1, Math.max(0, inside));
      }
    }
  }
  return pixels;
}
