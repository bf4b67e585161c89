// isthmus map RUN
import { map as task } from "../../tasks/map.js";
import { defineCommand } from "../define.js";
import { printsFile } from "../taskContext.js";

export const map = defineCommand({
  task,
  arguments: [{ field: "run", usage: "RUN" }],
  examples: [
    ["isthmus map runs/2026-11-22-mnist-codes-relu-1", "2,000 test images by UMAP, coloured by class"],
    ["isthmus map runs/2026-11-22-mnist-codes-vae-1 --method pca --count 10000", "along the two main directions"],
    ["isthmus map runs/2026-11-22-mnist-codes-vae-1 --json > map.json", "where each picture's point lies"],
  ],
  json: "one JSON object on stdout: { file, method, split, seed, shares, points }",
  run: printsFile(task),
});
