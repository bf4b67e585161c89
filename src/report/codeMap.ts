// Codes as points of a plane, coloured by class.

import { isPauseDue, pause } from "../base/turns.js";
import { createCanvas, type SKRSContext2D } from "../data/drawing.js";
import { titleBorder as border, drawTitle, titleHeight } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface CodeMapInput {
  readonly title: string;
  /** A line under the title: what the axes are. */
  readonly subtitle: string;
  /** [code, 2] */
  readonly points: Float32Array;
  /** The class of each point; undefined where there are none. */
  readonly labels?: ArrayLike<number> | undefined;
  readonly classes?: readonly string[] | undefined;
  /** What the axes are called, where they mean something. */
  readonly axes?: readonly [string, string] | undefined;
}

/** As `chartColours`, whose first six they begin with, two to a hue at most; names stand beside them, for more classes repeat. */
const classColours = [...chartThemes.light.series, chartThemes.light.ink, "#8a8f98", "#7a4b00", "#5b3fa8"];
const side = 720;
const pixelRatio = 2;
/** More names than this would cover each other and the points. */
const mostNames = 60;
/** Names up to this length stand at each point in place of a dot: digits, letters. */
const shortName = 2;

/**
 * PNG bytes. Both axes have the same scale, for distances would lie otherwise. Where classes have short names, the name is drawn at each
 * point; else dots, and the name at the middle of each class (of at most 60). So a map can be read without its colours.
 * @throws AbortError
 */
export async function renderCodeMap(
  { title, subtitle, points, labels, classes, axes }: CodeMapInput,
  signal?: AbortSignal,
): Promise<Buffer> {
  registerPictureFont();
  const bottom = axes === undefined ? border : border + 26;
  const left = axes === undefined ? border : border + 26;
  const width = left + side + border;
  const height = border + titleHeight + side + bottom;
  const canvas = createCanvas(width * pixelRatio, height * pixelRatio);
  const context = canvas.getContext("2d");
  context.scale(pixelRatio, pixelRatio);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  drawTitle(context, title, subtitle, width - 2 * border);
  const top = border + titleHeight;
  context.strokeStyle = chartThemes.light.line;
  context.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  if (axes !== undefined) drawAxes(context, axes, left, top);

  const place = placer(points, left, top);
  const name = (label: number): string => classes?.[label] ?? String(label);
  const count = points.length / 2;
  const isShort =
    labels !== undefined &&
    Array.from({ length: count }, (_, i) => labels[i] as number).every((label) => name(label).length <= shortName);
  context.textAlign = "center";
  context.font = `600 11px ${pictureFont}`;
  // Not class after class: the last would cover the others.
  for (let i = 0; i < count; i++) {
    if (isPauseDue()) await pause(signal);
    const [x, y] = place(i);
    const label = labels?.[i];
    context.fillStyle = classColours[(label ?? 0) % classColours.length] as string;
    if (isShort && label !== undefined) context.fillText(name(label), x, y);
    else {
      context.beginPath();
      context.arc(x, y, 2.6, 0, 2 * Math.PI);
      context.fill();
    }
  }
  if (labels !== undefined && !isShort && new Set(Array.from({ length: count }, (_, i) => labels[i])).size <= mostNames)
    nameClasses(context, labels, count, place, name);
  // In another thread: such a picture may be large.
  return await canvas.encode("png");
}

type Place = (point: number) => readonly [x: number, y: number];

/** Where a point stands on the canvas: both axes in one scale, the middle of the points in the middle. */
function placer(points: Float32Array, left: number, top: number): Place {
  const range = (axis: number): readonly [number, number] => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let at = axis; at < points.length; at += 2) {
      low = Math.min(low, points[at] as number);
      high = Math.max(high, points[at] as number);
    }
    return [low, high];
  };
  const [lowX, highX] = range(0);
  const [lowY, highY] = range(1);
  const extent = Math.max(highX - lowX, highY - lowY) || 1;
  const scale = (side - 40) / extent;
  const [middleX, middleY] = [(lowX + highX) / 2, (lowY + highY) / 2];
  return (point) => [
    left + side / 2 + ((points[2 * point] as number) - middleX) * scale,
    top + side / 2 - ((points[2 * point + 1] as number) - middleY) * scale,
  ];
}

function drawAxes(context: SKRSContext2D, [across, up]: readonly [string, string], left: number, top: number): void {
  context.textAlign = "center";
  context.fillText(across, left + side / 2, top + side + 20, side);
  context.save();
  context.translate(left - 16, top + side / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(up, 0, 0, side);
  context.restore();
}

/** Each class's name at the median of its points, on a white edge that lifts it from them. */
function nameClasses(
  context: SKRSContext2D,
  labels: ArrayLike<number>,
  count: number,
  place: Place,
  name: (label: number) => string,
): void {
  const members = new Map<number, (readonly [number, number])[]>();
  for (let i = 0; i < count; i++) {
    const label = labels[i] as number;
    const own = members.get(label);
    if (own === undefined) members.set(label, [place(i)]);
    else own.push(place(i));
  }
  const median = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
  context.font = `600 14px ${pictureFont}`;
  context.lineJoin = "round";
  context.lineWidth = 4;
  for (const [label, places] of members) {
    const x = median(places.map(([x]) => x));
    const y = median(places.map(([, y]) => y));
    context.strokeStyle = "#ffffff";
    context.strokeText(name(label), x, y);
    context.fillStyle = classColours[label % classColours.length] as string;
    context.fillText(name(label), x, y);
  }
}
