// What the studio's server uses of Hono, and no more. The package has this file with Hono inside (scripts/after-build.mjs).
export { getRequestListener } from "@hono/node-server";
export { Hono } from "hono";
