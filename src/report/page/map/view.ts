// Where a point of the map lies on the screen and back: what is seen of the plane, zoomed and moved. Pure; y grows upwards
// in the plane and downwards on the screen.

/** What is seen: the plane's place in the middle, and pixels per unit of the plane. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** The smallest box around points [point, 2] that are numbers; a box of side 2 about the place where all are in one. */
export function boundsOf(points: Float32Array, indices?: Iterable<number>): Box {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [bottom, top] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const take = (i: number): void => {
    const [x, y] = [points[2 * i], points[2 * i + 1]];
    if (!(Number.isFinite(x) && Number.isFinite(y))) return;
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  };
  if (indices === undefined) for (let i = 0; i < points.length / 2; i++) take(i);
  else for (const i of indices) take(i);
  if (left > right) return { left: -1, right: 1, bottom: -1, top: 1 };
  const side = Math.max(right - left, top - bottom) || 2;
  // A line has no height of its own: it lies in the middle of a box as high as it is wide.
  const opened = (low: number, high: number): readonly [number, number] =>
    high > low ? [low, high] : [low - side / 2, high + side / 2];
  const [l, r] = opened(left, right);
  const [b, t] = opened(bottom, top);
  return { left: l, right: r, bottom: b, top: t };
}

/** The view that shows a box whole. @param margin pixels on each side */
export function fitView({ left, right, bottom, top }: Box, { width, height }: Size, margin = 24): View {
  const across = Math.max(1, width - 2 * margin) / (right - left);
  const scale = Math.min(across, Math.max(1, height - 2 * margin) / (top - bottom));
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale };
}

export function toScreen(view: View, { width, height }: Size, x: number, y: number): readonly [number, number] {
  return [width / 2 + (x - view.x) * view.scale, height / 2 - (y - view.y) * view.scale];
}

export function toPlane(view: View, { width, height }: Size, x: number, y: number): readonly [number, number] {
  return [view.x + (x - width / 2) / view.scale, view.y - (y - height / 2) / view.scale];
}

/** Moved by pixels of the screen, as a hand moves a sheet. */
export function moved(view: View, right: number, down: number): View {
  return { ...view, x: view.x - right / view.scale, y: view.y + down / view.scale };
}

/** Larger by a factor, with the place under a pixel of the screen staying there. @param limits of pixels per unit */
export function zoomed(
  view: View,
  size: Size,
  factor: number,
  [x, y]: readonly [number, number],
  limits: readonly [number, number],
): View {
  const scale = Math.min(limits[1], Math.max(limits[0], view.scale * factor));
  const [px, py] = toPlane(view, size, x, y);
  return { x: px - (x - size.width / 2) / scale, y: py + (y - size.height / 2) / scale, scale };
}

/** The part of the plane that is seen. */
export function seen(view: View, size: Size): Box {
  const [left, top] = toPlane(view, size, 0, 0);
  const [right, bottom] = toPlane(view, size, size.width, size.height);
  return { left, right, bottom, top };
}
