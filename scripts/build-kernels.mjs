// Compiles kernels/ to WebAssembly and writes it into src/base/kernelBytes.ts. `npm run kernels`; with --check it only
// says whether that file is what kernels/ compiles to.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../", import.meta.url));
const file = new URL("../src/base/kernelBytes.ts", import.meta.url);
const options = ["-O3", "--runtime", "stub", "--noAssert", "--enable", "simd", "--initialMemory", "1"];

let bytes;
const { error, stderr } = await asc.main(
  ["kernels/index.ts", ...options, "--baseDir", root, "--outFile", "kernels.wasm"],
  {
    writeFile: (_, contents) => {
      bytes = contents;
    },
  },
);
if (error) {
  process.stderr.write(`${stderr}`);
  process.exit(1);
}
const text = Buffer.from(bytes).toString("base64");
const lines = text.match(/.{1,100}/g).map((line) => `  "${line}",`);
const source = `// Written by \`npm run kernels\`: kernels/ as WebAssembly, ${bytes.length} bytes in base64.
export const kernelBytes = [
${lines.join("\n")}
].join("");
`;
if (!process.argv.includes("--check")) writeFileSync(file, source);
else if ([...readFileSync(file, "utf8").matchAll(/"(.*)"/g)].map(([, part]) => part).join("") !== text) {
  process.stderr.write("src/base/kernelBytes.ts is not what kernels/ compiles to; run npm run kernels\n");
  process.exit(1);
}
