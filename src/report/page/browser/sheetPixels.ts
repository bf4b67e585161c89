// The pixels of a report's sheets, which stand in its style: for differences, and for copies of pictures.

/** The picture that the class of a sheet has as its background, on a canvas of its size. */
export async function sheetImage(sheet: string): Promise<HTMLCanvasElement> {
  const probe = document.createElement("span");
  probe.className = `sheet-${sheet}`;
  probe.hidden = true;
  document.body.append(probe);
  const background = getComputedStyle(probe).backgroundImage;
  probe.remove();
  const [, url] = /^url\("?([^")]+)"?\)$/.exec(background) ?? [];
  if (url === undefined) throw new Error(`there is no sheet ${sheet}`);
  const image = new Image();
  image.src = url;
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

/** Colours of differences, as in the package's own pictures: too dark and too bright. */
const darker = [0, 114, 178] as const;
const brighter = [213, 94, 0] as const;

/** One sheet less another, in colours over a ground that shows through where they are alike. */
export async function drawDifference(canvas: HTMLCanvasElement, made: string, original: string): Promise<void> {
  const [a, b] = await Promise.all([sheetPixels(made), sheetPixels(original)]);
  const out = new ImageData(b.width, b.height);
  for (let i = 0; i < out.data.length; i += 4) {
    const difference =
      ((a.data[i] ?? 0) +
        (a.data[i + 1] ?? 0) +
        (a.data[i + 2] ?? 0) -
        (b.data[i] ?? 0) -
        (b.data[i + 1] ?? 0) -
        (b.data[i + 2] ?? 0)) /
      765;
    const [red, green, blue] = difference < 0 ? darker : brighter;
    out.data[i] = red;
    out.data[i + 1] = green;
    out.data[i + 2] = blue;
    out.data[i + 3] = Math.round(255 * Math.min(1, 2 * Math.abs(difference)) ** 0.7);
  }
  canvas.width = b.width;
  canvas.height = b.height;
  canvas.getContext("2d")?.putImageData(out, 0, 0);
}
