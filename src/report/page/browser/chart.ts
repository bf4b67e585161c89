// A chart that lives in a page: ECharts, of which only what is used is bundled, and what copies a chart out of the page.
import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { type ChartOption, chartOption, tidySvg } from "../../chartOption.js";
import type { ChartSize, ChartSpec } from "../../chartSpec.js";
import { saveFile } from "./saveFile.js";

export { inTurn, notInTurn } from "./turns.js";

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

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface LiveChart {
  /** Draws the chart, in the colours of the page around it. */
  draw(spec: ChartSpec, size: ChartSize): void;
  /** What the axes have at a point of the element, in CSS pixels; undefined beside all panels. */
  placeAt(left: number, top: number): { readonly x: number; readonly y: number } | undefined;
  /** Where a place of the x axis is, from the left of the element, in CSS pixels. */
  leftOf(x: number): number;
  /** Of a panel within the element, in CSS pixels. */
  boundsOf(panel: number): Bounds;
  dispose(): void;
}

/** How far beside a panel the pointer still means it. */
const slack = 8;

/** Makes a chart live in an element, which it fills. Its SVG has the colours of tokens.css by their names, so it follows the page. */
export function liveChart(element: HTMLElement): LiveChart {
  const chart = init(element, null, { renderer: "svg", width: 1, height: 1 });
  let panels: readonly Bounds[] = [];
  let before = "";
  return {
    draw(spec, size) {
      const option = chartOption(spec, "page", { size, hasWords: false });
      panels = option.grid as readonly Bounds[];
      // Each of the two draws all, so neither is done without need.
      if (chart.getWidth() !== size.width || chart.getHeight() !== size.height) chart.resize({ ...size, silent: true });
      const structure = structureOf(option);
      const isSame = structure === before;
      // ECharts merges flat numbers one by one into those before, whose tail would stay: they go first.
      if (isSame) chart.setOption({ series: seriesOf(option).map(withoutPoints) }, { lazyUpdate: true });
      // The first time, when all of it is slow, in two steps: what is shown now, and its picture at the next frame.
      chart.setOption(option, { notMerge: !isSame, lazyUpdate: before === "" });
      before = structure;
      // So that paper, which is narrower than a window, can make it smaller.
      element.querySelector("svg")?.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    },
    placeAt(left, top) {
      const panel = panels.findIndex(
        (of) =>
          left >= of.left - slack &&
          left <= of.left + of.width + slack &&
          top >= of.top - slack &&
          top <= of.top + of.height + slack,
      );
      if (panel < 0) return undefined;
      // Before its first picture it has no places.
      const place: number[] | undefined = chart.convertFromPixel({ gridIndex: panel }, [left, top]);
      const [x = Number.NaN, y = Number.NaN] = place ?? [];
      return { x, y };
    },
    leftOf(x) {
      return Number(chart.convertToPixel({ xAxisIndex: 0 }, x));
    },
    boundsOf(panel) {
      return panels[panel] ?? { top: 0, height: 0, left: 0, width: 0 };
    },
    dispose() {
      chart.dispose();
    },
  };
}

type Series = Readonly<Record<string, unknown>>;
const seriesOf = (option: ChartOption): readonly Series[] => option.series as readonly Series[];
const withoutPoints = ({ type, data }: Series): Series =>
  data instanceof Float64Array ? { type, data: [] } : { type };

/** All of an option but its numbers and its words: where it is the same as before, ECharts keeps what it drew and moves it. */
function structureOf(option: ChartOption): string {
  return JSON.stringify(option, (key, value: unknown) => {
    if (key === "data") return value instanceof Float64Array ? undefined : Array.isArray(value) ? value.length : value;
    return typeof value === "number" || (Array.isArray(value) && typeof value[0] === "number") ? undefined : value;
  });
}

/** The chart with its title and legend, on white: for documents. */
export function chartSvgText(spec: ChartSpec): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...spec.size });
  try {
    chart.setOption(chartOption(spec));
    return tidySvg(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** The same as PNG of twice as many pixels. */
export async function chartPng(spec: ChartSpec): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const chart = init(canvas, null, { renderer: "canvas", devicePixelRatio: 2, ...spec.size });
  try {
    chart.setOption(chartOption(spec));
    chart.getZr().flush();
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob === null ? reject(new Error("no picture")) : resolve(blob)), "image/png");
    });
  } finally {
    chart.dispose();
  }
}

/** Copies text or a picture; where the page may not, saves it as a file. @returns which of the two it did */
export async function copyOut(content: string | Blob, fileName: string): Promise<"copied" | "saved"> {
  try {
    if (typeof content === "string") await navigator.clipboard.writeText(content);
    else await navigator.clipboard.write([new ClipboardItem({ [content.type]: content })]);
    return "copied";
  } catch {
    saveFile(typeof content === "string" ? new Blob([content]) : content, fileName);
    return "saved";
  }
}
