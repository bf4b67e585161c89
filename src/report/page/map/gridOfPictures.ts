// Many small pictures as one, in reading order, for figures. Pure.

/** @param values [image, channel, height, width] @returns one picture and its shape [channel, height, width] */
export function gridOfPictures(
  values: Float32Array,
  [channels, height, width]: readonly number[],
  columns: number,
): { readonly values: Float32Array; readonly shape: readonly number[] } {
  const size = channels * height * width;
  const count = Math.max(1, Math.floor(values.length / size));
  const rows = Math.ceil(count / columns);
  const [fullHeight, fullWidth] = [rows * height, columns * width];
  const grid = new Float32Array(channels * fullHeight * fullWidth);
  for (let i = 0; i < values.length / size; i++) {
    const [top, left] = [Math.floor(i / columns) * height, (i % columns) * width];
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < height; row++) {
        const from = i * size + (c * height + row) * width;
        grid.set(values.subarray(from, from + width), (c * fullHeight + top + row) * fullWidth + left);
      }
    }
  }
  return { values: grid, shape: [channels, fullHeight, fullWidth] };
}
