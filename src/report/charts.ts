// Charts as SVG and PNG. The PNG is drawn on a canvas with a font that this package brings along: turning the SVG into pixels would
// show boxes for text where no font is installed.
import { createCanvas } from "../data/drawing.js";
import { type ChartLook, type ChartOption, type ChartTheme, chartOption } from "./chartOption.js";
import type { ChartSize, ChartSpec } from "./chartSpec.js";
import {
  CanvasRenderer,
  CustomChart,
  GridComponent,
  init,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  setPlatformAPI,
  TitleComponent,
  use,
} from "./echarts.js";
import { registerPictureFont } from "./fonts.js";

/** Pixels of a PNG for one CSS pixel: sharp on paper and on dense screens. */
export const chartPixelRatio = 2;

let prepared = false;

function prepare(): void {
  if (prepared) return;
  use([
    LineChart,
    ScatterChart,
    CustomChart,
    GridComponent,
    LegendComponent,
    MarkLineComponent,
    TitleComponent,
    CanvasRenderer,
    SVGRenderer,
  ]);
  registerPictureFont();
  // ECharts measures text to lay out a chart; without this it guesses, and labels overlap.
  setPlatformAPI({ createCanvas: () => createCanvas(32, 32) as never });
  prepared = true;
}

/** The same chart twice, light: as SVG for pages, as PNG of twice as many pixels for everything else. */
export function renderChart(spec: ChartSpec, size: ChartSize = spec.size): { svg: string; png: Buffer } {
  const option = chartOption(spec, "light", { size });
  return { svg: drawSvg(option, size), png: drawPng(option, size) };
}

/**
 * The SVG text alone; for a page (`Chart.svelte`) with the theme `page` and without words. Words of the spec are escaped, so it may stand
 * within HTML.
 */
export function chartSvg(spec: ChartSpec, theme: ChartTheme = "light", look: ChartLook = {}): string {
  return drawSvg(chartOption(spec, theme, look), look.size ?? spec.size);
}

/** @internal Disposed whatever happens: a chart that was begun keeps a timer, and with it the process. */
export function drawSvg(option: ChartOption, { width, height }: ChartSize): string {
  prepare();
  const vector = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    vector.setOption(option);
    return tidySvg(vector.renderToSVGString());
  } finally {
    vector.dispose();
  }
}

/**
 * Without what ECharts adds for pages of its own (classes, a style sheet that a content security policy refuses, numbers of data), and
 * with ids that follow from what is drawn: the same chart is the same text, and two charts of one page share no id by chance. Quotes and
 * angle brackets of words are escaped before, so none of this meets them.
 */
function tidySvg(svg: string): string {
  const plain = svg
    .replaceAll(/<style\b[^>]*>.*?<\/style>\n?/gs, "")
    .replaceAll(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .replaceAll(/(id="|url\(#)zr\d+-/g, "$1chart-");
  // FNV-1a.
  let hash = 0x811c9dc5;
  for (let i = 0; i < plain.length; i++) hash = Math.imul(hash ^ plain.charCodeAt(i), 0x01000193);
  return plain.replaceAll(/(id="|url\(#)chart-/g, `$1chart${(hash >>> 0).toString(36)}-`);
}

/** @internal */
export function drawPng(option: ChartOption, { width, height }: ChartSize): Buffer {
  prepare();
  const canvas = createCanvas(width, height);
  const raster = init(canvas as never, null, {
    renderer: "canvas",
    width,
    height,
    devicePixelRatio: chartPixelRatio,
  });
  try {
    raster.setOption(option);
    raster.getZr().flush();
    return canvas.toBuffer("image/png");
  } finally {
    raster.dispose();
  }
}
