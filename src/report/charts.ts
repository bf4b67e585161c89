// Charts as SVG and PNG. The PNG is drawn on a canvas with a font that this package brings along: turning the SVG into pixels would
// show boxes for text where no font is installed.
import { createCanvas } from "../data/drawing.js";
import { type ChartLook, type ChartOption, type ChartTheme, chartOption, pageLook, tidySvg } from "./chartOption.js";
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
import { pictureFont, registerPictureFont } from "./fonts.js";

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
  const context = createCanvas(32, 32).getContext("2d");
  let last = "";
  setPlatformAPI({
    createCanvas: () => createCanvas(32, 32) as never,
    measureText(text, font) {
      const wanted = font || `12px ${pictureFont}`;
      if (wanted !== last) {
        context.font = wanted;
        last = wanted;
      }
      // Where it shortens words ECharts measures every ASCII character, and the canvas takes no NUL.
      return { width: context.measureText(text.replaceAll("\0", "")).width };
    },
  });
  prepared = true;
}

/** The same chart twice, light: as SVG for pages, as PNG of twice as many pixels for everything else. */
export function renderChart(spec: ChartSpec, size: ChartSize = spec.size): { svg: string; png: Buffer } {
  const option = chartOption(spec, "light", { size });
  return { svg: drawSvg(option, size), png: drawPng(option, size) };
}

/** What `Chart.svelte` shows where there is no script: without the words that stand beside it as text, in the page's own colours. */
export function pageChartSvg(spec: ChartSpec): string {
  return chartSvg(spec, "page", pageLook(spec));
}

/** The SVG text alone. Words of the spec are escaped, so it may stand within HTML. */
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
