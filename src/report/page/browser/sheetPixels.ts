// The sheets of a report, which stand in its style: their addresses, their pixels, and copies of them.

const addresses = new Map<string, string>();

/** A short address of the picture that the class of a sheet has as its background: what names it does not carry its bytes. */
export function sheetUrl(sheet: string): string {
  const before = addresses.get(sheet);
  if (before !== undefined) return before;
  const background = backgroundOf(sheet);
  const [, type, base64 = ""] = /^data:([a-z/]+);base64,(.*)$/.exec(background) ?? [];
  // Where the run is served, sheets may have addresses of their own.
  if (type === undefined) return background;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  addresses.set(sheet, address);
  return address;
}

function backgroundOf(sheet: string): string {
  const probe = document.createElement("span");
  probe.className = `sheet-${sheet}`;
  probe.hidden = true;
  document.body.append(probe);
  const background = getComputedStyle(probe).backgroundImage;
  probe.remove();
  const [, url] = /^url\("?([^")]+)"?\)$/.exec(background) ?? [];
  if (url === undefined) throw new Error(`there is no sheet ${sheet}`);
  return url;
}

/** The same picture on a canvas of its size. */
export async function sheetImage(sheet: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = sheetUrl(sheet);
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d", { willReadFrequently: true })?.drawImage(image, 0, 0);
  return canvas;
}

const known = new Map<string, Promise<ImageData>>();

/** Its pixels, read once. */
export function sheetPixels(sheet: string): Promise<ImageData> {
  const before = known.get(sheet);
  if (before !== undefined) return before;
  const read = sheetImage(sheet).then((canvas) => {
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    if (pixels === undefined) throw new Error("this browser gives no pixels of a canvas");
    return pixels;
  });
  known.set(sheet, read);
  return read;
}

/** The first pictures of a sheet of tiles, as [picture, channel, height, width] in [0, 1], of one channel or of three. */
export async function sheetValues(
  sheet: string,
  { columns, tile: [width, height] }: { readonly columns: number; readonly tile: readonly [number, number] },
  { count, channels }: { readonly count: number; readonly channels: number },
): Promise<Float32Array> {
  const pixels = await sheetPixels(sheet);
  const plane = width * height;
  const values = new Float32Array(count * channels * plane);
  for (let picture = 0; picture < count; picture++) {
    const [left, top] = [(picture % columns) * width, Math.floor(picture / columns) * height];
    for (let i = 0; i < plane; i++) {
      const at = 4 * ((top + Math.floor(i / width)) * pixels.width + left + (i % width));
      for (let c = 0; c < channels; c++)
        values[(picture * channels + c) * plane + i] = (pixels.data[at + c] ?? 0) / 255;
    }
  }
  return values;
}
