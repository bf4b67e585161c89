// The script of a report's file: takes the page up where Node has left it.
import { hydrate } from "svelte";
import Report from "../report/Report.svelte";
import { umapInWorker } from "./umap/umapInWorker.js";
import "../tokens.css";
import "../report/report.css";

const [target, data, worker] = ["report", "report-data", "report-umap"].map((id) => document.getElementById(id));
if (target && data) {
  const script = new Blob([worker?.textContent ?? ""], { type: "text/javascript" });
  hydrate(Report, {
    target,
    props: {
      data: JSON.parse(data.textContent ?? ""),
      // Charts are there as Node has drawn them: what is given here is not looked at.
      drawing: () => "<svg></svg>",
      umap: (codes, codeSize, how) =>
        umapInWorker(
          () => new Worker(URL.createObjectURL(script)),
          { codes, codeSize, neighbours: 15, minimumDistance: 0.1, seed: 0 },
          how,
        ),
    },
  });
}
