// What crosses between the thread that asks for a training and the thread that does it.
import { UserError } from "../base/errors.js";
import { AbortError, isAbortError } from "../base/turns.js";
import type { TrainingEvent } from "./events.js";

/** An error as plain data. */
export interface CrossedError {
  readonly kind: "user" | "aborted" | "bug";
  readonly message: string;
  readonly at?: string;
  readonly hint?: string;
  readonly stack?: string;
}

export type ThreadMessage<Result, News> =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "news"; readonly news: News }
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "error"; readonly error: CrossedError };

export function packError(error: unknown): CrossedError {
  if (error instanceof UserError) {
    return {
      kind: "user",
      message: error.message,
      ...(error.at === undefined ? {} : { at: error.at }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  if (isAbortError(error) && error instanceof Error) return { kind: "aborted", message: error.message };
  if (!(error instanceof Error)) return { kind: "bug", message: String(error) };
  return { kind: "bug", message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}

/** The error again, with the stack of the thread that it comes from. */
export function unpackError({ kind, message, at, hint, stack }: CrossedError): Error {
  if (kind === "user") {
    return new UserError(message, { ...(at === undefined ? {} : { at }), ...(hint === undefined ? {} : { hint }) });
  }
  if (kind === "aborted") return new AbortError(message);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
