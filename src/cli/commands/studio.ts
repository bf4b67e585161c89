// isthmus studio [DIR]
import { spawn } from "node:child_process";
import { serveStudio, studio as task } from "../../studio/task.js";
import { type CommandContext, defineCommand } from "../define.js";

export const studio = defineCommand({
  task,
  arguments: [{ field: "folder", usage: "DIR" }],
  examples: [
    ["isthmus studio", "the runs in the folder runs"],
    ["isthmus studio experiments/runs --port 8000", "those of another folder, on another port"],
    ["isthmus studio --no-open", "prints the address and opens no browser"],
  ],
  json: "one JSON object on stdout as soon as it listens: { address }",
  async run(options, context) {
    const { terminal, say, style, print, printJson, json } = context;
    if (options.host !== undefined) {
      say(
        style.yellow(
          `warning: others reach this studio at ${options.host}. Who has the address with its token can train here and read what you may read; nothing on the way is encrypted.`,
        ),
      );
    }
    await serveStudio(
      options,
      terminal.interrupted,
      ({ address, port, isOtherPort }) => {
        if (isOtherPort) say(`port ${options.port} is taken: this is ${port}`);
        if (json) printJson({ address });
        else print(address);
        if (options.open && opensBrowser(context)) openBrowser(address);
      },
      say,
    );
    return 130;
  },
});

/** Only where a person sits before this machine's own screen. */
function opensBrowser({ terminal }: CommandContext): boolean {
  const { environment: env, stderr } = terminal;
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (!stderr.isTerminal || ["CI", "SSH_CONNECTION", "SSH_TTY"].some(isSet)) return false;
  return process.platform === "darwin" || process.platform === "win32" || isSet("DISPLAY") || isSet("WAYLAND_DISPLAY");
}

function openBrowser(address: string): void {
  const [program, ...words] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler"]
        : ["xdg-open"];
  const child = spawn(program ?? "", [...words, address], { stdio: "ignore", detached: true });
  // The address is printed: who has no browser here opens it elsewhere.
  child.on("error", () => {});
  child.unref();
}
