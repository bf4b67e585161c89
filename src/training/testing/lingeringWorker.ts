// A thread that fails and leaves a timer running, as a library may.
import { UserError } from "../../base/errors.js";
import { serveThread } from "../serve.js";

await serveThread(async () => {
  setInterval(() => {}, 1000);
  throw new UserError("the chart can't be drawn");
});
