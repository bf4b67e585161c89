// What charts use of ECharts in Node, and no more. The package has this file with ECharts inside (scripts/after-build.mjs).
export { CustomChart, LineChart, ScatterChart } from "echarts/charts";
export { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from "echarts/components";
export { init, setPlatformAPI, use } from "echarts/core";
export { CanvasRenderer, SVGRenderer } from "echarts/renderers";
