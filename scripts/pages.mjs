// Puts into dist what pages are made of, with Svelte and the components inside: the report's page as text (for Node), its script, its
// style and the worker of its map (for browsers). Made again only where something is newer than what stands there.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { builtOnce } from "./builtOnce.mjs";

/** What is made: each from a file of src. */
const pages = [
  { from: "report/page/render.ts", to: "report/page/render.js", isForNode: true },
  { from: "report/page/browser/report.ts", to: "report/page/browser/report.js", isForNode: false },
  { from: "report/page/browser/umap/umapWorker.ts", to: "report/page/browser/umap/umapWorker.js", isForNode: false },
];
/** Begins what was bundled: the compiler writes files of the same names. */
const mark = "// Bundled by scripts/pages.mjs.";

/** @returns folders of the packages that are inside */
export function bundlePages() {
  return builtOnce({
    name: "pages",
    made: pages.map(({ to }) => join("dist", to)),
    by: ["scripts/pages.mjs"],
    make: async () => (await Promise.all(pages.map(bundlePage))).flat(),
    isWhole: () =>
      pages.every(({ to, isForNode }) => !isForNode || readFileSync(join("dist", to), "utf8").startsWith(mark)),
  });
}

async function bundlePage({ from, to, isForNode }) {
  const outfile = join("dist", to);
  mkdirSync(dirname(outfile), { recursive: true });
  const { metafile } = await build({
    entryPoints: [join("src", from)],
    outfile,
    bundle: true,
    format: isForNode ? "esm" : "iife",
    platform: isForNode ? "node" : "browser",
    target: isForNode ? "node20.19" : ["chrome111", "firefox114", "safari16.4"],
    conditions: isForNode ? ["production"] : ["browser", "production"],
    define: isForNode ? {} : { "process.env.NODE_ENV": '"production"' },
    // A page has letters of all scripts in it, and may be read in any encoding.
    charset: "ascii",
    minify: true,
    ...(isForNode ? { banner: { js: mark } } : {}),
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [...(isForNode ? [withoutLiveCharts] : []), await sveltePlugin(isForNode ? "server" : "client")],
  });
  return Object.keys(metafile.inputs);
}

/** What draws charts in a page is asked for by pages alone; in Node the charts are drawn already. */
const withoutLiveCharts = {
  name: "without live charts",
  setup(bundler) {
    bundler.onResolve({ filter: /\/browser\/chart\.js$/ }, ({ path }) => ({ path, namespace: "not in Node" }));
    bundler.onLoad({ filter: /.*/, namespace: "not in Node" }, () => ({ contents: "export {};" }));
  },
};

/** Compiles components; what they say of their looks goes into the style beside the script. */
export async function sveltePlugin(generate) {
  const { compile, compileModule } = await import("svelte/compiler");
  return {
    name: "svelte",
    setup(bundler) {
      const styles = new Map();
      bundler.onLoad({ filter: /\.svelte$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        const { js, css, warnings } = compile(source, {
          filename: path,
          generate,
          css: "external",
          dev: false,
          // By the style itself: the same on every machine.
          cssHash: ({ hash, css: style }) => `s-${hash(style)}`,
        });
        for (const { code, message } of warnings) throw new Error(`${path}: ${code}: ${message}`);
        const hasStyle = generate === "client" && css !== null && css.code !== "";
        if (hasStyle) styles.set(path, css.code);
        const contents = hasStyle ? `${js.code}\nimport ${JSON.stringify(`${path}.css`)};` : js.code;
        return { contents, loader: "js", resolveDir: dirname(path) };
      });
      bundler.onResolve({ filter: /\.svelte\.css$/ }, ({ path }) => ({ path, namespace: "svelte-style" }));
      bundler.onLoad({ filter: /.*/, namespace: "svelte-style" }, ({ path }) => ({
        contents: styles.get(path.replace(/\.css$/, "")),
        loader: "css",
      }));
      bundler.onLoad({ filter: /\.svelte\.(js|ts)$/ }, ({ path }) => ({
        contents: compileModule(readFileSync(path, "utf8"), { filename: path, generate, dev: false }).js.code,
        loader: "js",
      }));
    },
  };
}
