// Writes docs/collections from the entries' own texts: npm run catalogue
import { mkdirSync, writeFileSync } from "node:fs";
import { collectionPages } from "./collectionPages.js";

mkdirSync("docs/collections", { recursive: true });
for (const { path, text } of collectionPages()) writeFileSync(path, text);
