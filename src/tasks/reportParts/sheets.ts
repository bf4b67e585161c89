// Many small pictures in one, as WebP in data URIs.
import { sharp } from "../../data/codec.js";
import { imageGrid, makeResizer, type Picture } from "../../pixels/index.js";
import type { PictureSheet, Tile } from "../../report/reportData.js";
import { sizeOf } from "../../tensor/index.js";

export interface Sheets {
  /**
   * Adds a sheet of images [image, channel, height, width] in [0, 1]; values outside are clipped.
   * @param options.longestSide larger pictures are made smaller
   * @returns the tile of each image
   */
  add(
    name: string,
    images: Float32Array,
    shape: readonly number[],
    options?: { readonly columns?: number; readonly longestSide?: number },
  ): Promise<(index: number) => Tile>;
  /** A sheet of differences, each [channel, height, width] from −1 to 1: blue below 0, orange above, the ground shows at 0. */
  addSigned(
    name: string,
    differences: Float32Array,
    shape: readonly number[],
    options?: { readonly columns?: number; readonly longestSide?: number },
  ): Promise<(index: number) => Tile>;
  /** A sheet that is encoded already. */
  put(name: string, sheet: PictureSheet): void;
  readonly sheets: Readonly<Record<string, PictureSheet>>;
}

export function collectSheets(): Sheets {
  const sheets: Record<string, PictureSheet> = {};
  return {
    sheets,
    async add(name, images, shape, { columns = 16, longestSide = Number.POSITIVE_INFINITY } = {}) {
      const small = shrunk(images, shape, longestSide);
      const count = small.images.length / sizeOf(small.shape);
      const [, height = 0, width = 0] = small.shape;
      const across = Math.max(1, Math.min(columns, count));
      const rows = Math.max(1, Math.ceil(count / across));
      const places = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: across }, (_, column) => {
          const place = row * across + column;
          return place < count ? place : null;
        }),
      );
      const grid = imageGrid({
        ...{ images: small.images, shape: small.shape, rows: places },
        ...{ magnification: 1, gap: 0, groupGap: 0, margin: [0, 0, 0, 0], background: 0 },
      });
      const bytes = await encodeWebp(grid);
      sheets[name] = { url: dataUri("image/webp", bytes), columns: across, rows, tile: [width, height] };
      return (index) => ({ sheet: name, index });
    },
    async addSigned(name, differences, shape, { columns = 16, longestSide = Number.POSITIVE_INFINITY } = {}) {
      const small = shrunk(differences, shape, longestSide);
      const [channels = 1, height = 0, width = 0] = small.shape;
      const size = sizeOf(small.shape);
      const count = small.images.length / size;
      const across = Math.max(1, Math.min(columns, count));
      const rows = Math.max(1, Math.ceil(count / across));
      const bytes = new Uint8Array(rows * height * across * width * 4);
      for (let image = 0; image < count; image++) {
        const corner = Math.floor(image / across) * height * across * width + (image % across) * width;
        for (let pixel = 0; pixel < height * width; pixel++) {
          let difference = 0;
          for (let channel = 0; channel < channels; channel++) {
            difference += (small.images[image * size + channel * height * width + pixel] as number) / channels;
          }
          const at = 4 * (corner + Math.floor(pixel / width) * across * width + (pixel % width));
          bytes.set(difference < 0 ? tooDark : tooBright, at);
          bytes[at + 3] = Math.round(255 * Math.min(1, 2 * Math.abs(difference)) ** 0.7);
        }
      }
      const encoded = await sharp(bytes, { raw: { width: across * width, height: rows * height, channels: 4 } })
        .webp({ quality: 80, alphaQuality: 80, effort: 2 })
        .toBuffer();
      sheets[name] = { url: dataUri("image/webp", encoded), columns: across, rows, tile: [width, height] };
      return (index) => ({ sheet: name, index });
    },
    put(name, sheet) {
      sheets[name] = sheet;
    },
  };
}

/** Colours of differences: Okabe and Ito's blue and vermillion. */
const tooDark = [0, 114, 178];
const tooBright = [213, 94, 0];

/** Pixels of a sheet up to which grey ones are kept exactly. */
const exactPixels = 4_000_000;

/** Grey pictures exactly, colour ones with losses that nobody sees. The same picture gives the same bytes. */
export async function encodeWebp({ width, height, channels, bytes }: Picture): Promise<Uint8Array> {
  const isExact = channels === 1 && width * height <= exactPixels;
  return await sharp(bytes, { raw: { width, height, channels } })
    .webp(isExact ? { lossless: true, effort: 2 } : { quality: 84, effort: 2 })
    .toBuffer();
}

export function dataUri(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}

function shrunk(images: Float32Array, shape: readonly number[], longestSide: number) {
  const [channels = 1, height = 1, width = 1] = shape;
  const scale = longestSide / Math.max(height, width);
  if (scale >= 1) return { images, shape };
  const to = { height: Math.max(1, Math.round(height * scale)), width: Math.max(1, Math.round(width * scale)) };
  const made = [channels, to.height, to.width];
  const resize = makeResizer({ channels, height, width }, to);
  const [from, into] = [sizeOf(shape), sizeOf(made)];
  const count = images.length / from;
  const out = new Float32Array(count * into);
  for (let i = 0; i < count; i++) {
    resize(images.subarray(i * from, (i + 1) * from), out.subarray(i * into, (i + 1) * into));
  }
  return { images: out, shape: made };
}
