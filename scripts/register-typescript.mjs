// Lets Node run TypeScript sources, in this thread and in worker threads: node --import ./scripts/register-typescript.mjs src/…
import { register } from "tsx/esm/api";

register();
