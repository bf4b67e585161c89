// Points of a map without a graphics processor: shapes stamped into the canvas' own pixels.
import { shapes } from "../../map/colours.js";
import { type Frame, type PointRenderer, paleness } from "./frame.js";

export function handRenderer(canvas: HTMLCanvasElement): PointRenderer {
  const context = canvas.getContext("2d", { alpha: false });
  let points = new Float32Array();
  let shapesOf = new Uint8Array();
  let colours = new Uint32Array();
  let plain = new Uint32Array();
  let strong = new Uint32Array();
  let image: ImageData | undefined;
  let pixels = new Uint32Array();
  return {
    name: "canvas",
    setPoints(newPoints, newMarks) {
      points = newPoints as Float32Array<ArrayBuffer>;
      // Apart, in the form in which they are written.
      const count = newMarks.length / 4;
      shapesOf = new Uint8Array(count);
      colours = new Uint32Array(count);
      for (let i = 0; i < count; i++) {
        shapesOf[i] = newMarks[4 * i + 3];
        colours[i] = pixelOf(newMarks[4 * i], newMarks[4 * i + 1], newMarks[4 * i + 2]);
      }
    },
    setOrder(newPlain, newStrong) {
      plain = newPlain as Uint32Array<ArrayBuffer>;
      strong = newStrong as Uint32Array<ArrayBuffer>;
    },
    draw(frame) {
      if (context === null) return;
      const [width, height] = [Math.round(frame.size.width * frame.ratio), Math.round(frame.size.height * frame.ratio)];
      if (width < 1 || height < 1) return;
      if (canvas.width !== width || canvas.height !== height || image === undefined) {
        canvas.width = width;
        canvas.height = height;
        image = context.createImageData(width, height);
        pixels = new Uint32Array(image.data.buffer);
      }
      const ground = pixelOf(...frame.ground);
      pixels.fill(ground);
      const given = { points, shapesOf, colours, pixels, width, height, frame };
      stampAll({ ...given, indices: plain, radius: frame.radius, pale: strong.length > 0 ? paleness : 0 });
      stampAll({ ...given, indices: strong, radius: frame.radius + 1, pale: 0 });
      context.putImageData(image, 0, 0);
    },
    dispose() {
      image = undefined;
      pixels = new Uint32Array();
    },
  };
}

/** As it lies in memory on every machine that browsers run on: red first. */
function pixelOf(red: number, green: number, blue: number): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

interface Stamping {
  readonly points: Float32Array;
  readonly shapesOf: Uint8Array;
  readonly colours: Uint32Array;
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  readonly indices: Uint32Array;
  readonly radius: number;
  readonly pale: number;
}

function stampAll({ points, shapesOf, colours, pixels, width, height, frame, indices, radius, pale }: Stamping): void {
  const { view, ratio, ground, share } = frame;
  const stamps = shapes.map((_, shape) => stampOf(shape, radius * ratio));
  const offsets = stamps.map((stamp) =>
    Int32Array.from({ length: stamp.length / 2 }, (_, k) => stamp[2 * k + 1] * width + stamp[2 * k]),
  );
  const reach = Math.ceil(1.3 * radius * ratio);
  const scale = view.scale * ratio;
  const [left, top] = [width / 2 - view.x * scale, height / 2 + view.y * scale];
  const mixed = (pixel: number): number => {
    const part = (shift: number, other: number): number => ((pixel >>> shift) & 255) * (1 - pale) + other * pale;
    return pixelOf(part(0, ground[0]), part(8, ground[1]), part(16, ground[2]));
  };
  // Steps of unequal length: equal ones would meet the same classes again and again where these take turns.
  const longest = 2 / share - 1;
  let state = 1;
  for (let at = 0; at < indices.length; at++) {
    if (share < 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      at += Math.floor((state / 2 ** 32) * longest);
      if (at >= indices.length) break;
    }
    const i = indices[at];
    const x = Math.round(left + points[2 * i] * scale);
    const y = Math.round(top - points[2 * i + 1] * scale);
    // Places that are no number fail every comparison.
    if (!(x > -reach && x < width + reach && y > -reach && y < height + reach)) continue;
    const pixel = pale > 0 ? mixed(colours[i]) : colours[i];
    const shape = shapesOf[i] < stamps.length ? shapesOf[i] : 0;
    if (x >= reach && x < width - reach && y >= reach && y < height - reach) {
      const place = y * width + x;
      const stamp = offsets[shape];
      for (let k = 0; k < stamp.length; k++) pixels[place + stamp[k]] = pixel;
    } else {
      const stamp = stamps[shape];
      for (let k = 0; k < stamp.length; k += 2) {
        const [column, row] = [x + stamp[k], y + stamp[k + 1]];
        if (column >= 0 && column < width && row >= 0 && row < height) pixels[row * width + column] = pixel;
      }
    }
  }
}

/** The pixels of a shape about (0, 0): x, y, x, y … The shapes are those of `shapePath`. */
function stampOf(shape: number, radius: number): Int16Array {
  const found: number[] = [];
  const reach = Math.ceil(1.3 * radius);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      if (isInShape(shape, x / Math.max(radius, 0.5), y / Math.max(radius, 0.5))) found.push(x, y);
    }
  }
  return Int16Array.from(found);
}

function isInShape(shape: number, x: number, y: number): boolean {
  const [across, down] = [Math.abs(x), Math.abs(y)];
  switch (shapes[shape]) {
    case "square":
      return Math.max(across, down) <= 0.9;
    case "triangle":
      return y <= 0.8 && across <= (y + 1.2) * 0.55;
    case "diamond":
      return across / 1.1 + down / 1.3 <= 1;
    case "cross":
      return Math.min(across, down) <= 0.4 && Math.max(across, down) <= 1.2;
    case "ring":
      return Math.hypot(x, y) <= 1.15 && Math.hypot(x, y) >= 0.55;
    default:
      return Math.hypot(x, y) <= 1;
  }
}
