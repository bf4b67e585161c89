// A map that stands still: points as a few paths for SVG, one for each look, for pages without script and for print. Pure.
import { evenPlaces } from "../../../base/numbers.js";
import { type Colouring, colourOfShare, cssOf, markOfClass, shapePath, valueRange } from "./colours.js";
import { type Size, toScreen, type View } from "./view.js";

export interface StillPath {
  /** A colour of the page (`var(--series-1)`), or one of the ramp's. */
  readonly fill: string;
  readonly d: string;
}
export interface Still {
  readonly paths: readonly StillPath[];
  /** Points that are drawn, of those that are in view. */
  readonly drawn: number;
}

/** As many points as a still picture has; more make a page heavy and tell no more. */
const most = 2500;
const levels = 12;

/** @param indices points that are shown, of all */
export function stillMap(
  points: Float32Array,
  colouring: Colouring,
  how: { readonly view: View; readonly size: Size; readonly indices: ArrayLike<number>; readonly radius?: number },
): Still {
  const { view, size, indices, radius = 2 } = how;
  const inView: number[] = [];
  for (let at = 0; at < indices.length; at++) {
    const [x, y] = toScreen(view, size, points[2 * indices[at]], points[2 * indices[at] + 1]);
    if (x >= -radius && x <= size.width + radius && y >= -radius && y <= size.height + radius) inView.push(indices[at]);
  }
  const look = lookOf(colouring);
  const byFill = new Map<string, string[]>();
  const chosen = evenPlaces(inView.length, most);
  for (const place of chosen) {
    const i = inView[place];
    const [x, y] = toScreen(view, size, points[2 * i], points[2 * i + 1]);
    const { fill, shape } = look(i);
    const known = byFill.get(fill);
    const path = shapePath(shape, x, y, radius);
    if (known === undefined) byFill.set(fill, [path]);
    else known.push(path);
  }
  return { paths: [...byFill].map(([fill, parts]) => ({ fill, d: parts.join("") })), drawn: chosen.length };
}

function lookOf(colouring: Colouring): (index: number) => { readonly fill: string; readonly shape: number } {
  if (colouring.by === "value") {
    const [low, high] = valueRange(colouring.values);
    return (i) => {
      const share = (colouring.values[i] - low) / (high - low);
      const level = Math.round(Math.min(1, Math.max(0, share)) * (levels - 1)) / (levels - 1);
      return { fill: cssOf(colourOfShare(level)), shape: 0 };
    };
  }
  return (i) => {
    const { colour, shape } = markOfClass(colouring.by === "class" ? Math.max(0, colouring.classes[i] ?? 0) : 0);
    return { fill: `var(--series-${colour + 1})`, shape };
  };
}
