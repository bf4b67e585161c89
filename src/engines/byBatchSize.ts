// Programs are compiled for one number of images; here is which numbers those are, and one executable for each.
import type { Program } from "../tensor/index.js";
import type { Executable, Session } from "./engine.js";

export interface SizedExecutable {
  readonly executable: Executable;
  /** What it computes: its outputs in the program's order, its random inputs. */
  readonly program: Program;
}

/**
 * A program's executables by batch size: each is compiled when it is first asked for, and the same for all who ask, also
 * while it is being compiled. They belong to the session.
 */
export function executablesByBatchSize(
  session: Pick<Session, "compile">,
  programOf: (batchSize: number) => Program,
): (batchSize: number) => Promise<SizedExecutable> {
  const known = new Map<number, Promise<SizedExecutable>>();
  const compile = async (batchSize: number): Promise<SizedExecutable> => {
    const program = programOf(batchSize);
    return { executable: await session.compile(program), program };
  };
  return (batchSize) => {
    const found = known.get(batchSize) ?? compile(batchSize);
    known.set(batchSize, found);
    return found;
  };
}

const largest = 125;
const smallest = 60;

/** A batch size near 125 that divides the count where there is one, so that one program does it; small enough for caches. */
export function evaluationBatchSize(count: number): number {
  if (count <= largest) return Math.max(1, count);
  for (let size = largest; size >= smallest; size--) if (count % size === 0) return size;
  return largest;
}
