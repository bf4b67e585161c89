// isthmus walk RUN STOP STOP…
import { walk as task } from "../../tasks/walk.js";
import { defineCommand } from "../define.js";
import { printsFile } from "../taskContext.js";

export const walk = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "stops", usage: "STOP" },
  ],
  examples: [
    ["isthmus walk runs/2026-11-22-mnist-conv-1 3 class:7", "from test image 3 to the first seven among them"],
    ["isthmus walk runs/2026-11-22-mnist-conv-1 0 train:5 9 --steps 8", "through three stops, eight pictures a leg"],
    ["isthmus walk runs/2026-11-22-mnist-conv-1 a.png b.png --steps 30 --out walk.gif", "between two files, moving"],
    [
      "isthmus walk runs/2026-11-22-mnist-conv-1 scan.png 7 --invert",
      "from dark ink on paper, whose light and dark are turned around",
    ],
  ],
  json: "one JSON object on stdout: { file, path, steps, stops: [{ stop, frame, image }], frames: [{ nearest, distance }], notes }",
  run: printsFile(task),
});
