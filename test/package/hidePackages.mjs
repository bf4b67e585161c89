// Loaded before a program by --import: the packages that HIDDEN_PACKAGES names, parted by commas, are not found, in any thread.
import Module, { register } from "node:module";

const hidden = (process.env.HIDDEN_PACKAGES ?? "").split(",").filter((name) => name !== "");
const isHidden = (specifier) => hidden.some((name) => specifier === name || specifier.startsWith(`${name}/`));

const hooks = `
const hidden = ${JSON.stringify(hidden)};
export async function resolve(specifier, context, next) {
  if (!hidden.some((name) => specifier === name || specifier.startsWith(name + "/"))) return await next(specifier, context);
  const error = new Error("Cannot find package '" + specifier + "' imported from " + context.parentURL);
  throw Object.assign(error, { code: "ERR_MODULE_NOT_FOUND" });
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (specifier, ...rest) => {
  if (!isHidden(specifier)) return resolveFilename.call(Module, specifier, ...rest);
  throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: "MODULE_NOT_FOUND" });
};
