// A map of points that lives in a page: two canvases, one for points and one over it for pictures, lasso and marks, and what
// fingers, mouse and wheel do to them. What is shown and selected is told to it; it tells what was chosen.
import { cssOf, type Rgb } from "../../map/colours.js";
import { placedPictures, type Sheet, tileOf } from "../../map/pictures.js";
import { type Place, type PointIndex, pointIndex } from "../../map/pointIndex.js";
import type { Joining, Shown } from "../../map/shown.js";
import { boundsOf, fitView, moved, type Size, toPlane, toScreen, type View, zoomed } from "../../map/view.js";
import type { PointRenderer } from "./frame.js";
import { openRenderer, type RendererChoice } from "./renderer.js";
import { themeOf } from "./theme.js";

/** What a drag does. A click selects a point, or decodes an empty place, whatever it is. */
export type Tool = "move" | "lasso" | "rectangle" | "decode";

/** What is drawn. */
export interface MapContent {
  /** [point, 2] */
  readonly points: Float32Array;
  /** [point, 4], see `pointMarks`. */
  readonly marks: Uint8Array;
  readonly shown: Shown;
  readonly selected: ReadonlySet<number>;
  /** The point that the keys stand at, -1 for none. */
  readonly cursor: number;
  readonly sheets: readonly Sheet[];
  readonly hasPictures: boolean;
  readonly tool: Tool;
  /** The place that was decoded last. */
  readonly decoded: Place | undefined;
}

export interface MapHooks {
  onchoose(indices: readonly number[], how: Joining): void;
  /** Absent where nothing can be decoded. */
  readonly ondecode: ((place: Place) => void) | undefined;
  /** @param index -1 where there is no point under the pointer */
  onhover(index: number): void;
  onview(view: View, size: Size): void;
  onrenderer(name: string): void;
}

export interface LiveMap {
  show(content: MapContent): void;
  /** Everything that is shown in view. */
  showAll(): void;
  zoom(factor: number): void;
  move(right: number, down: number): void;
  /** Moves the view where a point is out of it. */
  bringIntoView(index: number): void;
  middle(): Place;
  /** Draws the next frame at once, for measuring. */
  draw(): void;
  destroy(): void;
}

/** Pixels of the page around a point or a press within which it counts as meant. */
const near = 10;
const pictureSide = 30;
const click = 4;
/** What points may take of a frame while they move, in milliseconds. */
const movingTime = 12;
/** After so many milliseconds without movement the view rests. */
const restWait = 120;
/** After so many milliseconds what finds points by place is made, if nobody needed it before. */
const indexWait = 400;

export function liveMap(
  host: HTMLElement,
  [baseCanvas, overlay]: readonly [HTMLCanvasElement, HTMLCanvasElement],
  hooks: MapHooks,
  choice: RendererChoice = "auto",
): LiveMap {
  let base = baseCanvas;
  let renderer: PointRenderer = openRenderer(base, choice, lost);
  hooks.onrenderer(renderer.name);
  let content: MapContent | undefined;
  let index: PointIndex | undefined;
  let indexing: ReturnType<typeof setTimeout> | undefined;
  let size: Size = { width: host.clientWidth, height: host.clientHeight };
  let view: View = { x: 0, y: 0, scale: 1 };
  let fitScale = 1;
  let hovered = -1;
  let lasso: Place[] = [];
  let frame = 0;
  const images = new Map<string, HTMLImageElement>();
  const pointers = new Map<number, Place>();
  let drag: { readonly start: Place; moved: boolean; readonly how: Tool; readonly joining: Joining } | undefined;

  /** Whether the points are to be drawn again, not what lies over them alone. */
  let isOld = true;
  /** How long all points take, in milliseconds, as far as is known. */
  let fullTime = 0;
  /** While the view moves as many points are drawn as there is time for, all when it rests. */
  let resting: ReturnType<typeof setTimeout> | undefined;
  let share = 1;

  const invalidate = (): void => {
    if (frame === 0) frame = requestAnimationFrame(drawFrame);
  };
  const redraw = (): void => {
    isOld = true;
    invalidate();
  };
  /** Of all points, made when it is first needed, or when nothing else is to do. */
  function indexOfAll(): PointIndex {
    clearTimeout(indexing);
    index ??= pointIndex(content?.points ?? new Float32Array());
    return index;
  }

  /** A graphics processor that goes away takes its canvas with it: another one takes its place, drawn by hand. */
  function lost(): void {
    const fresh = base.cloneNode() as HTMLCanvasElement;
    base.replaceWith(fresh);
    base = fresh;
    renderer = openRenderer(base, "canvas", lost);
    hooks.onrenderer(renderer.name);
    const given = content;
    content = undefined;
    if (given !== undefined) show(given);
  }

  function show(next: MapContent): void {
    const before = content;
    content = next;
    if (before?.points !== next.points) {
      index = undefined;
      clearTimeout(indexing);
      indexing = setTimeout(indexOfAll, indexWait);
      fullTime = 0;
      renderer.setPoints(next.points, next.marks);
      setOrder(next);
      showAll();
    } else {
      const isNewOrder = before.shown !== next.shown || before.selected !== next.selected;
      if (before.marks !== next.marks) renderer.setPoints(next.points, next.marks);
      if (isNewOrder) setOrder(next);
      if (before.marks !== next.marks || isNewOrder) isOld = true;
    }
    invalidate();
  }

  function setOrder({ shown, selected }: MapContent): void {
    const strong = [...selected].filter((i) => shown.has(i)).sort((a, b) => a - b);
    const isStrong = (i: number): boolean => selected.has(i);
    renderer.setOrder(
      selected.size === 0 ? shown.indices : shown.indices.filter((i) => !isStrong(i)),
      Uint32Array.from(strong),
    );
  }

  function setView(next: View): void {
    view = next;
    hooks.onview(view, size);
    // Once for a whole movement: points that come and go would flicker.
    if (resting === undefined) share = Math.min(1, movingTime / Math.max(fullTime, 1));
    clearTimeout(resting);
    resting = setTimeout(rest, restWait);
    redraw();
  }

  function rest(): void {
    resting = undefined;
    if (share === 1) return;
    share = 1;
    redraw();
  }

  function showAll(): void {
    if (content === undefined) return;
    const next = fitView(boundsOf(content.points, content.shown.indices), size);
    fitScale = next.scale;
    setView(next);
  }

  const limits = (): readonly [number, number] => [fitScale / 4, fitScale * 4000];

  /** Of a point in pixels of the page: small where there are many, growing slowly as one comes nearer. */
  function radius(): number {
    const count = content?.shown.count ?? 1;
    const plain = Math.min(4, Math.max(1.2, 60 / Math.sqrt(Math.max(1, count / 4))));
    return Math.min(8, plain * Math.max(1, view.scale / fitScale) ** 0.35);
  }

  function drawFrame(): void {
    frame = 0;
    if (content === undefined || size.width === 0 || size.height === 0) return;
    const theme = themeOf(host);
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    if (isOld) {
      isOld = false;
      const start = performance.now();
      renderer.draw({ view, size, ratio, radius: radius(), ground: theme.ground, share });
      const whole = (performance.now() - start) / share;
      // The least of late: code is slow at first, and other work of the machine is not that of points.
      fullTime = fullTime === 0 ? whole : Math.min(whole, fullTime * 1.2);
    }
    drawOverlay(content, ratio, theme.ink, theme.ground);
  }

  function drawOverlay(drawn: MapContent, ratio: number, ink: Rgb, ground: Rgb): void {
    const context = overlay.getContext("2d");
    if (context === null) return;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (overlay.width !== width) overlay.width = width;
    if (overlay.height !== height) overlay.height = height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    if (drawn.hasPictures) drawPictures(context, drawn, ground);
    const ring = (i: number, r: number, line: number): void => {
      if (i < 0 || !drawn.shown.has(i)) return;
      const [x, y] = toScreen(view, size, drawn.points[2 * i], drawn.points[2 * i + 1]);
      for (const [colour, lineWidth] of [
        [ground, line + 2],
        [ink, line],
      ] as const) {
        context.strokeStyle = cssOf(colour);
        context.lineWidth = lineWidth;
        context.beginPath();
        context.arc(x, y, r, 0, 2 * Math.PI);
        context.stroke();
      }
    };
    ring(hovered, radius() + 4, 1);
    ring(drawn.cursor, radius() + 6, 2);
    if (drawn.decoded !== undefined) {
      const [x, y] = toScreen(view, size, ...drawn.decoded);
      for (const [colour, lineWidth] of [
        [ground, 5],
        [ink, 2],
      ] as const) {
        context.strokeStyle = cssOf(colour);
        context.lineWidth = lineWidth;
        context.beginPath();
        context.moveTo(x - 9, y);
        context.lineTo(x + 9, y);
        context.moveTo(x, y - 9);
        context.lineTo(x, y + 9);
        context.stroke();
      }
    }
    if (lasso.length > 1) {
      context.strokeStyle = cssOf(ink);
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.beginPath();
      for (const place of lasso) context.lineTo(...toScreen(view, size, ...place));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
  }

  function drawPictures(context: CanvasRenderingContext2D, drawn: MapContent, ground: Rgb): void {
    const placed = placedPictures(indexOfAll(), drawn.points, drawn.shown, {
      ...{ view, size, side: pictureSide },
      hasPicture: (i) => tileOf(drawn.sheets, i) !== undefined,
    });
    context.imageSmoothingEnabled = false;
    const inner = pictureSide - 4;
    for (const { index: i, x, y } of placed) {
      const tile = tileOf(drawn.sheets, i);
      const image = tile === undefined ? undefined : imageOf(tile.sheet.url);
      if (tile === undefined || image === undefined) continue;
      const [height, width] = tile.sheet.tile;
      const [left, top] = [x - inner / 2, y - inner / 2];
      context.globalAlpha = drawn.selected.size > 0 && !drawn.selected.has(i) ? 0.3 : 1;
      context.fillStyle = cssOf([drawn.marks[4 * i], drawn.marks[4 * i + 1], drawn.marks[4 * i + 2]]);
      context.fillRect(left - 1.5, top - 1.5, inner + 3, inner + 3);
      context.fillStyle = cssOf(ground);
      context.fillRect(left, top, inner, inner);
      context.drawImage(image, tile.x, tile.y, width, height, left, top, inner, inner);
    }
    context.globalAlpha = 1;
  }

  /** The sheet's image, once it is there. */
  function imageOf(url: string): HTMLImageElement | undefined {
    const known = images.get(url);
    if (known !== undefined) return known.complete && known.naturalWidth > 0 ? known : undefined;
    const image = new Image();
    images.set(url, image);
    image.onload = invalidate;
    image.src = url;
    return undefined;
  }

  const placeOf = (event: PointerEvent | WheelEvent): Place => {
    const box = overlay.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const pointAt = ([x, y]: Place): number => {
    if (content === undefined) return -1;
    const { shown } = content;
    return indexOfAll().nearest(...toPlane(view, size, x, y), near / view.scale, (i) => shown.has(i));
  };
  const decodeAt = ([x, y]: Place): void => hooks.ondecode?.(toPlane(view, size, x, y));

  function pressed(event: PointerEvent): void {
    if (content === undefined || event.button > 0) return;
    const place = placeOf(event);
    overlay.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place);
    host.focus({ preventScroll: true });
    if (pointers.size > 1) {
      // Two fingers move and zoom, whatever one was doing.
      drag = undefined;
      lasso = [];
      return;
    }
    const joining = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
    drag = { start: place, moved: false, how: content.tool, joining };
    if (content.tool === "decode") decodeAt(place);
  }

  function dragged(event: PointerEvent): void {
    const place = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) {
      const under = pointAt(place);
      if (under !== hovered) {
        hovered = under;
        hooks.onhover(under);
        invalidate();
      }
      return;
    }
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1] ?? place;
      const apart = (a: Place): number => Math.max(1, Math.hypot(a[0] - other[0], a[1] - other[1]));
      const middle: Place = [(place[0] + other[0]) / 2, (place[1] + other[1]) / 2];
      pointers.set(event.pointerId, place);
      const held = moved(view, (place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
      setView(zoomed(held, size, apart(place) / apart(before), middle, limits()));
      return;
    }
    pointers.set(event.pointerId, place);
    if (drag === undefined) return;
    if (!drag.moved && Math.hypot(place[0] - drag.start[0], place[1] - drag.start[1]) < click) return;
    drag.moved = true;
    if (drag.how === "move") setView(moved(view, place[0] - before[0], place[1] - before[1]));
    else if (drag.how === "decode") decodeAt(place);
    else if (drag.how === "lasso") {
      if (lasso.length === 0) lasso.push(toPlane(view, size, ...drag.start));
      lasso.push(toPlane(view, size, ...place));
      invalidate();
    } else {
      const [left, top] = toPlane(view, size, ...drag.start);
      const [right, bottom] = toPlane(view, size, ...place);
      lasso = [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ];
      invalidate();
    }
  }

  function released(event: PointerEvent): void {
    const place = placeOf(event);
    pointers.delete(event.pointerId);
    const ended = drag;
    drag = undefined;
    if (ended === undefined || content === undefined) return;
    const { shown } = content;
    if (event.type === "pointercancel") {
      lasso = [];
      invalidate();
    } else if (ended.moved) {
      if (lasso.length > 2) {
        hooks.onchoose(
          indexOfAll()
            .inPolygon(lasso)
            .filter((i) => shown.has(i)),
          ended.joining,
        );
      }
      lasso = [];
      invalidate();
    } else if (ended.how !== "decode") {
      const under = pointAt(place);
      if (under >= 0) hooks.onchoose([under], ended.joining);
      else if (hooks.ondecode !== undefined) decodeAt(place);
      else if (ended.joining === "replace") hooks.onchoose([], "replace");
    }
  }

  function wheeled(event: WheelEvent): void {
    // The page scrolls on over a map that nobody has turned to.
    if (!(event.ctrlKey || event.metaKey || host.contains(document.activeElement))) return;
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? 20 * event.deltaY : event.deltaY;
    setView(zoomed(view, size, Math.exp(-0.002 * pixels), placeOf(event), limits()));
  }

  function left(): void {
    if (hovered < 0) return;
    hovered = -1;
    hooks.onhover(-1);
    invalidate();
  }

  const observer = new ResizeObserver(() => {
    const before = size;
    size = { width: host.clientWidth, height: host.clientHeight };
    if (before.width === size.width && before.height === size.height) return;
    if (before.width === 0 || before.height === 0 || view.scale === fitScale) showAll();
    else setView(view);
  });
  observer.observe(host);
  const listeners = {
    ...{ pointerdown: pressed, pointermove: dragged, pointerup: released, pointercancel: released, pointerleave: left },
  } as const;
  for (const [name, listener] of Object.entries(listeners)) {
    overlay.addEventListener(name, listener as EventListener);
  }
  overlay.addEventListener("wheel", wheeled, { passive: false });

  return {
    show,
    showAll,
    zoom: (factor) => setView(zoomed(view, size, factor, [size.width / 2, size.height / 2], limits())),
    move: (right, down) => setView(moved(view, right, down)),
    bringIntoView(i) {
      if (content === undefined || i < 0) return;
      const [px, py] = [content.points[2 * i], content.points[2 * i + 1]];
      const [x, y] = toScreen(view, size, px, py);
      if (x < 12 || y < 12 || x > size.width - 12 || y > size.height - 12) setView({ ...view, x: px, y: py });
    },
    middle: () => [view.x, view.y],
    draw() {
      isOld = true;
      drawFrame();
    },
    destroy() {
      cancelAnimationFrame(frame);
      clearTimeout(resting);
      clearTimeout(indexing);
      observer.disconnect();
      for (const [name, listener] of Object.entries(listeners)) {
        overlay.removeEventListener(name, listener as EventListener);
      }
      overlay.removeEventListener("wheel", wheeled);
      renderer.dispose();
    },
  };
}
