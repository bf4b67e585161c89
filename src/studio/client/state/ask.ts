// Asking the server: JSON and packs there and back. Every refusal is a UserError with the server's own words.
import { UserError } from "../../../base/errors.js";
import { type ApiError, type Packed, packType, readPack } from "../../api.js";

export interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Written as JSON; bytes go as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * @param address one of `paths`
 * @throws UserError with the server's message and hint, or because the server is not there
 */
export async function ask<Answer>(address: string, asking: Asking = {}): Promise<Answer> {
  const response = await send(address, asking);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** As `ask`, where the answer is a pack of arrays. */
export async function askPack<Head>(address: string, asking: Asking = {}): Promise<Packed<Head>> {
  const response = await send(address, asking);
  return readPack<Head>(await response.arrayBuffer());
}

/** As `ask`, where the answer is a file. */
export async function askFile(address: string, asking: Asking = {}): Promise<Blob> {
  return (await send(address, asking)).blob();
}

async function send(address: string, { method = "GET", body, signal }: Asking): Promise<Response> {
  const isBytes = body instanceof Uint8Array || body instanceof Blob;
  const type = body instanceof Uint8Array ? packType : isBytes ? "application/octet-stream" : "application/json";
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      cache: "no-store",
      ...(body === undefined
        ? {}
        : { body: isBytes ? (body as BodyInit) : JSON.stringify(body), headers: { "content-type": type } }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new UserError("the studio's server does not answer", { hint: "start it again: isthmus studio", cause });
  }
  if (response.ok) return response;
  const { message, at, hint } = await refusalOf(response);
  throw new UserError(message, { ...(at === undefined ? {} : { at }), ...(hint === undefined ? {} : { hint }) });
}

async function refusalOf(response: Response): Promise<ApiError["error"]> {
  try {
    const body = (await response.json()) as Partial<ApiError>;
    if (typeof body.error?.message === "string") return body.error;
  } catch {
    // What stands below is all that is known.
  }
  return { message: `the server answered ${response.status}` };
}

/** Whatever was thrown, in words for people: what, where, what to do. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof UserError)) return error instanceof Error ? error.message : String(error);
  return [error.at === undefined ? error.message : `${error.at}: ${error.message}`, error.hint]
    .filter(Boolean)
    .join(". ");
}
