// Lets Node run TypeScript sources and Svelte components, in this thread and in worker threads:
// node --import ./scripts/register-typescript.mjs src/…
import { register as registerHooks } from "node:module";
import { register } from "tsx/esm/api";

register();
registerHooks("./svelteHooks.mjs", import.meta.url);
