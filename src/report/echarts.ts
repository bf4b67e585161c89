// What charts use of ECharts, and no more. The package has this file with ECharts inside (scripts/after-build.mjs).
export { LineChart } from "echarts/charts";
export { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from "echarts/components";
export { init, setPlatformAPI, use } from "echarts/core";
export { CanvasRenderer, SVGRenderer } from "echarts/renderers";
