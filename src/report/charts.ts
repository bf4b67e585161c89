// Charts as SVG and PNG from one ECharts option. The PNG is drawn on a canvas with a font that this package brings along:
// turning the SVG into pixels would show boxes for text where no font is installed.
import { createCanvas } from "../data/drawing.js";
import {
  CanvasRenderer,
  GridComponent,
  init,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
  setPlatformAPI,
  TitleComponent,
  use,
} from "./echarts.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

/** An option of ECharts. */
export type ChartOption = Readonly<Record<string, unknown>>;

export interface ChartSize {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the PNG for one CSS pixel; default 2, sharp on paper and on dense screens. */
  readonly pixelRatio?: number;
}

/**
 * Colours that people with colour-blindness can tell apart: Okabe and Ito, "Color Universal Design" (2008). Lines also
 * differ in their dashes, for print without colour.
 */
export const chartColours = {
  blue: "#0072B2",
  vermillion: "#D55E00",
  green: "#009E73",
  purple: "#CC79A7",
  orange: "#E69F00",
  sky: "#56B4E9",
  ink: "#1f2328",
  muted: "#59636e",
  line: "#d1d9e0",
} as const;

/** Of several things in one chart, in this order. */
export const seriesColours = [
  chartColours.blue,
  chartColours.vermillion,
  chartColours.green,
  chartColours.purple,
  chartColours.orange,
  chartColours.sky,
];
/** Of lines, for those who do not tell their colours apart. */
export const seriesDashes = ["solid", "dashed", "dotted", [12, 4, 2, 4]];

/** Fonts of a chart; in a page the first that is installed is taken. */
export const chartFont = `${pictureFont}, "Helvetica Neue", Arial, sans-serif`;

/** What is common to the words of every chart. */
export const chartText = { fontFamily: chartFont, color: chartColours.muted, fontSize: 13 } as const;
export const legendText = { ...chartText, color: chartColours.ink } as const;

/** What is common to every axis: its name along its middle, its line, and lines across the chart at its ticks. */
export const chartAxis = {
  nameLocation: "middle",
  nameTextStyle: { ...chartText, color: chartColours.ink },
  axisLine: { show: true, lineStyle: { color: chartColours.muted } },
  splitLine: { show: true, lineStyle: { color: chartColours.line, width: 1 } },
  minorSplitLine: { show: false },
} as const;

/** The title at the top left, and a line under it that says what is shown. */
export function chartTitle(title: string, subtitle: string) {
  return {
    text: title,
    subtext: subtitle,
    left: 24,
    top: 16,
    itemGap: 10,
    textStyle: { fontFamily: chartFont, color: chartColours.ink, fontSize: 19, fontWeight: 600 },
    subtextStyle: { ...chartText, fontSize: 14 },
  } as const;
}

let prepared = false;

function prepare(): void {
  if (prepared) return;
  use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, CanvasRenderer, SVGRenderer]);
  registerPictureFont();
  // ECharts measures text to lay out a chart; without this it guesses, and labels overlap.
  setPlatformAPI({ createCanvas: () => createCanvas(32, 32) as never });
  prepared = true;
}

/** The same chart twice: as SVG for pages, as PNG for everything else. Animation is off, the background white. */
export function renderChart(
  option: ChartOption,
  { width, height, pixelRatio = 2 }: ChartSize,
): { svg: string; png: Buffer } {
  prepare();
  const still = { backgroundColor: "#ffffff", ...option, animation: false };

  // Disposed whatever happens: a chart that was begun keeps a timer, and with it the process.
  const vector = init(null, null, { renderer: "svg", ssr: true, width, height });
  let svg: string;
  try {
    vector.setOption(still);
    svg = vector.renderToSVGString();
  } finally {
    vector.dispose();
  }

  const canvas = createCanvas(width, height);
  const raster = init(canvas as never, null, { renderer: "canvas", width, height, devicePixelRatio: pixelRatio });
  let png: Buffer;
  try {
    raster.setOption(still);
    raster.getZr().flush();
    png = canvas.toBuffer("image/png");
  } finally {
    raster.dispose();
  }
  return { svg, png };
}
