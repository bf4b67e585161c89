// isthmus restore RUN IMAGE…
import { UserError } from "../../base/errors.js";
import { restore as task } from "../../tasks/restore.js";
import { defineCommand } from "../define.js";
import { sayNotes, taskContext } from "../taskContext.js";

export const restore = defineCommand({
  task,
  arguments: [
    { field: "run", usage: "RUN" },
    { field: "images", usage: "IMAGE" },
  ],
  /** With ONNX files there is no run: the first word is a picture already. */
  arrange(typed) {
    const { run, images, ...others } = typed;
    const isOfFiles = typed.encoder !== undefined || typed.decoder !== undefined;
    const words = [...(run === undefined ? [] : [run]), ...(Array.isArray(images) ? images : [])];
    const pictures = isOfFiles ? words : words.slice(1);
    if (pictures.length === 0) {
      throw new UserError(words.length === 0 ? "no run and no picture is named" : "no picture is named", {
        at: "isthmus restore",
        hint: "isthmus restore RUN photo.png, or isthmus restore --encoder FILE --decoder FILE photo.png",
      });
    }
    return { ...others, ...(isOfFiles ? {} : { run }), images: pictures };
  },
  examples: [
    [
      "isthmus restore runs/2026-11-22-digits-denoise-1 photo.png",
      "restored/photo-restored.png, a strip, and the code",
    ],
    ["isthmus restore runs/2026-11-22-digits-denoise-1 scans --out clean", "every picture in a folder"],
    ["isthmus restore --encoder encoder.onnx --decoder decoder.onnx photo.png", "with exported files"],
    [
      "isthmus restore runs/2026-11-22-digits-denoise-1 photo.png --invert",
      "dark ink on paper, for a model of light on dark",
    ],
    [
      'isthmus restore runs/2026-11-22-digits-denoise-1 clean.png --corrupt "gaussianNoise: 0.3"',
      "of a picture that is made noisy first",
    ],
  ],
  json: "one JSON object on stdout: { restorations: [{ picture, restored, strip, code }], codes, notes }",
  async run(options, context) {
    const result = await task.run(options, taskContext(context));
    if (context.json) context.printJson(result);
    else {
      for (const { picture, restored, strip, code } of result.restorations) {
        context.print(`${picture}: ${restored}, ${strip}`);
        context.print(codeText(code, context.terminal.stdout.columns));
      }
      if (result.codes !== undefined) context.say(`codes: ${result.codes}`);
    }
    sayNotes(context, result.notes);
    return 0;
  },
});

/** The numbers of a code, four digits each, in columns as wide as the terminal. */
export function codeText(code: readonly number[], columns: number): string {
  const numbers = code.map((value) => value.toPrecision(4));
  const width = Math.max(...numbers.map(({ length }) => length)) + 1;
  const perLine = Math.max(1, Math.floor((Math.min(columns, 120) - 2) / width));
  const lines: string[] = [];
  for (let i = 0; i < numbers.length; i += perLine) {
    lines.push(
      ` ${numbers
        .slice(i, i + perLine)
        .map((number) => number.padStart(width))
        .join("")}`,
    );
  }
  return [`  code of ${code.length}:`, ...lines].join("\n");
}
