// The script of a report's file: takes the page up where Node has left it.
import { hydrate } from "svelte";
import Report from "../report/Report.svelte";
import "../tokens.css";
import "../report/report.css";

const [target, data] = [document.getElementById("report"), document.getElementById("report-data")];
if (target !== null && data !== null) {
  hydrate(Report, { target, props: { data: JSON.parse(data.textContent ?? "") } });
}
