// Runs one command line from text to exit code. Everything outside (output, environment, Ctrl-C) is handed in.
import { createRequire } from "node:module";
import { Command as CommanderCommand, CommanderError } from "commander";
import { escapeControls, escapeJson } from "../base/controls.js";
import { describeUserError, UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { isAbortError } from "../base/turns.js";
import { definitions } from "../schema/defined.js";
import { type CommandEntry, commands } from "./commands/index.js";
import type { Command, CommandContext, ExitCode } from "./define.js";
import { shownOutput, styleFor, type Terminal } from "./terminal.js";

/**
 * Runs `argv` (without node and script) and returns the exit code: 0 done, 1 the work failed, 2 the command was wrong,
 * 130 interrupted. Results go to stdout, everything else to stderr. Never throws for what a command does.
 */
export async function runCommand(argv: readonly string[], outside: Terminal): Promise<ExitCode> {
  const terminal: Terminal = {
    ...outside,
    stdout: shownOutput(outside.stdout, false),
    stderr: shownOutput(outside.stderr, true),
  };
  const style = styleFor(terminal.stderr, terminal.environment);
  const wrongCommands = new WeakSet<UserError>();
  const lookUp: CommandContext["lookUp"] = async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserError) wrongCommands.add(error);
      throw error;
    }
  };
  try {
    return await dispatch(argv, terminal, lookUp);
  } catch (error) {
    if (isAbortError(error)) {
      terminal.stderr.write(`${interruptedText}\n`);
      return 130;
    }
    if (error instanceof UserError) {
      terminal.stderr.write(`${style.red("error:")} ${describeUserError(error)}\n`);
      return wrongCommands.has(error) ? 2 : 1;
    }
    if (isFileLimit(error)) {
      terminal.stderr.write(`${style.red("error:")} ${describeUserError(fileLimitError(error))}\n`);
      return 1;
    }
    terminal.stderr.write(`${style.red(internalText(error))}\n`);
    const debug = terminal.environment.ISTHMUS_DEBUG;
    if (debug !== undefined && debug !== "" && debug !== "0") {
      terminal.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    } else {
      terminal.stderr.write(
        "  This is a bug in isthmus. Run it again with ISTHMUS_DEBUG=1 and report what it prints.\n",
      );
    }
    return 1;
  }
}

/** What an interrupted command says; a training, which saves, says how to go on instead. */
export const interruptedText = "interrupted: files that were written are whole, and none is half-written";

/** Node itself reads the program from many files at once. */
function isFileLimit(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

function fileLimitError(cause: unknown): UserError {
  return new UserError("more files would have to be open at once than this process or system may have", {
    hint: "Raise the limit, for example by ulimit -n 1024.",
    cause,
  });
}

function internalText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith("internal:") ? message : `internal: ${message}`;
}

async function dispatch(
  argv: readonly string[],
  terminal: Terminal,
  lookUp: CommandContext["lookUp"],
): Promise<ExitCode> {
  const [name] = argv;
  if (name === undefined) {
    terminal.stderr.write(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || (name === "help" && argv[1] === undefined)) {
    terminal.stdout.write(overview());
    return 0;
  }
  if (name === "--version" || name === "-V") {
    terminal.stdout.write(`${version()}\n`);
    return 0;
  }
  const words = name === "help" ? [...argv.slice(1), "--help"] : argv;
  const group = commands.filter((command) => command.name.startsWith(`${words[0]} `));
  if (group.length > 0 && (words[1] === undefined || words[1] === "--help" || words[1] === "-h")) {
    (words[1] === undefined ? terminal.stderr : terminal.stdout).write(groupOverview(words[0] ?? "", group));
    return words[1] === undefined ? 2 : 0;
  }
  const { entry, rest } = await lookUp(async () => findCommand(words, group));
  return await runEntry(entry, rest, terminal, lookUp);
}

/** A command by its first word, or by its first two where it belongs to a group: `data show`. */
function findCommand(
  [first = "", ...others]: readonly string[],
  group: readonly CommandEntry[],
): { entry: CommandEntry; rest: readonly string[] } {
  const whole = commands.find((candidate) => candidate.name === first);
  if (whole !== undefined) return { entry: whole, rest: others };
  const name = group.length === 0 ? first : `${first} ${others[0]}`;
  const entry = group.find((candidate) => candidate.name === name);
  if (entry !== undefined) return { entry, rest: others.slice(1) };
  const names = group.length === 0 ? topNames() : group.map((candidate) => candidate.name);
  const near = nearest(name, names);
  const help = group.length === 0 ? "isthmus --help" : `isthmus ${first} --help`;
  throw new UserError(name.startsWith("-") ? `there is no flag ${name}` : `there is no command “${name}”`, {
    hint: near === undefined ? `There are: ${names.join(", ")}. See ${help}.` : `Did you mean ${near}?`,
  });
}

/** First words of all commands. */
function topNames(): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ", 1)[0] ?? name))];
}

function groupOverview(name: string, group: readonly CommandEntry[]): string {
  const width = Math.max(...group.map((command) => command.name.length)) + 2;
  return `Usage: isthmus ${name} COMMAND [ARGUMENTS] [FLAGS]

Commands:
${group.map((command) => `  ${command.name.padEnd(width)}${command.summary}`).join("\n")}

Flags and examples of one: isthmus ${group[0]?.name} --help
`;
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return `isthmus ${version()}: train image autoencoders, judge them, explore their codes

Usage: isthmus COMMAND [ARGUMENTS] [FLAGS]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n")}

Examples:
  isthmus doctor                         is this machine ready?
  isthmus train mnist-conv --epochs 3    train the digit autoencoder for three epochs
  isthmus train --help                   flags and examples of a command

Results go to stdout, progress to stderr. Exit codes: 0 done, 1 the work failed, 2 the command was wrong,
130 interrupted by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.
`;
}

async function runEntry(
  entry: CommandEntry,
  words: readonly string[],
  terminal: Terminal,
  lookUp: CommandContext["lookUp"],
): Promise<ExitCode> {
  const command = await entry.load();
  const { fieldsOf, flagFor, flagName, readTyped } = await import("./options.js");
  const fields = fieldsOf(command.task.options);
  const usageOf = new Map(command.arguments.map(({ field, usage }) => [field, usage]));
  let typed: Record<string, unknown> | undefined;
  let json = false;

  const commander = new CommanderCommand(`isthmus ${entry.name}`)
    .description(`${command.task.summary}`)
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption("-h, --help", "show this")
    .addHelpText("after", examplesText(command))
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => Math.min(terminal.stdout.columns, 120),
      // Mistakes are told by runCommand, in one form.
      outputError: () => undefined,
    });
  for (const field of fields) {
    const usage = usageOf.get(field.name);
    if (usage === undefined) {
      commander.addOption(flagFor(field));
      continue;
    }
    // A list takes all words that are left, so it is the last argument.
    const label = field.kind === "list" ? `${usage}...` : usage;
    const isNeeded = field.isRequired && command.arrange === undefined;
    commander.argument(isNeeded ? `<${label}>` : `[${label}]`, field.description);
  }
  commander.option("--json", command.json);
  // A run folder may come from elsewhere, and its experiment may name modules.
  const mayNameCode = fields.some(({ name }) => ["experiment", "run", "runs"].includes(name));
  if (mayNameCode) {
    commander.option("--allow-code", "load the modules that a run folder from elsewhere names");
    commander.option("--allow-paths", "read the data and weights that a run folder from elsewhere names");
    commander.option("--no-input", "ask nothing; refuse what would have been asked about");
  }
  let mayAsk = true;
  commander.action(() => {
    const options = commander.opts<Record<string, unknown>>();
    json = options.json === true;
    if (options.allowCode === true) definitions().allowsCode = true;
    definitions().allowsPaths = options.allowPaths === true;
    mayAsk = options.input !== false;
    typed = {};
    // Commander names a flag's value as the schema does: --batch-size is batchSize.
    for (const { name } of fields) if (options[name] !== undefined) typed[name] = options[name];
    const lists = new Set(fields.flatMap(({ name, kind }) => (kind === "list" ? [name] : [])));
    for (const [index, { field }] of command.arguments.entries()) {
      if (!lists.has(field)) typed[field] = commander.args[index];
      else if (commander.args.length > index) typed[field] = commander.args.slice(index);
    }
  });
  try {
    await commander.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    await lookUp(async () => {
      throw mistypedError(error, entry.name);
    });
  }
  if (typed === undefined) return 0;
  const asTyped = typed;
  const options = await lookUp(async () => {
    const given = command.arrange?.(asTyped) ?? asTyped;
    return readTyped(command.task.options, given, (field) => usageOf.get(field) ?? flagName(field));
  });
  const context: CommandContext = {
    terminal,
    outStyle: styleFor(terminal.stdout, terminal.environment),
    style: styleFor(terminal.stderr, terminal.environment),
    json,
    lookUp,
    print: (text) => terminal.stdout.write(`${text}\n`),
    say: (text) => terminal.stderr.write(`${text}\n`),
    printJson: (value) => terminal.stdout.write(`${escapeJson(JSON.stringify(value))}\n`),
  };
  try {
    return await command.run(options, context);
  } catch (error) {
    // Nothing was begun yet: what a run from elsewhere names is looked at first of all.
    const isAboutPaths = error instanceof UserError && error.hint?.includes("--allow-paths") === true;
    if (!isAboutPaths || !mayAsk || terminal.ask === undefined) throw error;
    const question = escapeControls(`${error.at}: ${error.message}.\nIs that meant? [y/N] `);
    if (!(await terminal.ask(question))) throw error;
    definitions().allowsPaths = true;
    return await command.run(options, context);
  }
}

/** Commander's finding in this program's words; its suggestion becomes the hint. */
function mistypedError(error: CommanderError, name: string): UserError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /Did you mean (.*)\?/.exec(rest.join(" "))?.[1];
  return new UserError(first.replaceAll("'", ""), {
    at: `isthmus ${name}`,
    hint: suggestion === undefined ? `See isthmus ${name} --help.` : `Did you mean ${suggestion}?`,
  });
}

function examplesText({ examples }: Command): string {
  const width = Math.max(...examples.map(([line]) => line.length)) + 2;
  return `\nExamples:\n${examples.map(([line, what]) => `  ${line.padEnd(width)}${what}`).join("\n")}\n`;
}

/** This package's version. */
export function version(): string {
  const read = createRequire(import.meta.url);
  return (read("../../package.json") as { version: string }).version;
}
