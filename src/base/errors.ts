// The two kinds of errors: what a user can mend, and bugs.
import { escapeName } from "./controls.js";

/** Where a mistake is and what helps against it. */
export interface UserErrorDetails {
  /** The file, configuration path (`model.encoder[4]`) or flag (`--epochs`) that is wrong. */
  readonly at?: string;
  /** What to do, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * A mistake of the user or of the world (a missing file, a full disk). Shown as one sentence, without a stack.
 * Use it for everything that a person can mend.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly at: string | undefined;
  readonly hint: string | undefined;
  constructor(message: string, { at, hint, cause }: UserErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.at = at;
    this.hint = hint;
  }
}

/** Shapes that do not fit. Becomes a `UserError` that names the layer where one is being built. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** A broken promise inside this program; its text begins with `internal:`. */
export class InternalError extends Error {
  override readonly name = "InternalError";
  constructor(message: string, options?: ErrorOptions) {
    super(`internal: ${message}`, options);
  }
}

/** `at: message` and the hint on a line of its own, as the terminal shows a mistake. */
export function describeUserError(error: UserError): string {
  const where = error.at === undefined ? "" : `${escapeName(error.at)}: `;
  return `${where}${error.message}${error.hint === undefined ? "" : `\n  ${error.hint}`}`;
}
