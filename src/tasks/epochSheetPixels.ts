// Images as one sheet of tiles, as bytes for a picture file: each pixel one of the sheet's, no gaps, no words.

export interface SheetGeometry {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** Grey, or red, green, blue. */
  readonly channels: 1 | 3;
}

/**
 * @param shape of an image: [channel, height, width]
 * @returns undefined for images of two channels, or of more than three, which a picture can't show
 */
export function sheetGeometry(shape: readonly number[], columns: number, count: number): SheetGeometry | undefined {
  const [channels, height = 0, width = 0] = shape;
  if ((channels !== 1 && channels !== 3) || count < 1) return undefined;
  return { columns, width: columns * width, height: Math.ceil(count / columns) * height, channels };
}

/**
 * The sheet's bytes, [row, column, channel]; tiles that no image fills are black.
 * @param images [image, channel, height, width] in [0, 1]; what lies outside is clipped, what is no number becomes 0
 */
export function sheetPixels(
  images: ArrayLike<number>,
  shape: readonly number[],
  { columns, width, height, channels }: SheetGeometry,
): Uint8Array {
  const [, tileHeight = 0, tileWidth = 0] = shape;
  const plane = tileHeight * tileWidth;
  const size = channels * plane;
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < images.length; i++) {
    const image = Math.floor(i / size);
    const channel = Math.floor((i % size) / plane);
    const row = Math.floor(image / columns) * tileHeight + Math.floor((i % plane) / tileWidth);
    const column = (image % columns) * tileWidth + (i % tileWidth);
    // Written as a comparison that NaN fails.
    const value = images[i] as number;
    pixels[(row * width + column) * channels + channel] = value > 0 ? Math.round(255 * Math.min(1, value)) : 0;
  }
  return pixels;
}
