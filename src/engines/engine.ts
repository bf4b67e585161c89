// What an engine is: it opens sessions, which own state and run programs. The lowering table is typed by op.

import type {
  AttributesOf,
  ExpandableOpName,
  Node,
  OpName,
  Program,
  ScalarOf,
  Shape,
  SlotOf,
  UpdateName,
  UpdateOperands,
} from "../tensor/index.js";

/** Every engine, the fastest first. Openers are a table typed by it: a name without one does not compile. */
export const engineNames = ["onednn", "onnx", "reference"] as const;
export type EngineName = (typeof engineNames)[number];

/** A parameter, buffer or optimizer slot, in the written (PyTorch's) layout, row-major. */
export interface StateEntry {
  readonly name: string;
  readonly shape: Shape;
  /** Gradients lie together in one flat array; see `Session.changeGradients`. */
  readonly kind: "parameter" | "buffer" | "slot" | "gradient";
  /** For a slot or a gradient: the parameter it belongs to, whose layout and place it shares. */
  readonly of?: string;
  /** First values; zeros where absent. */
  readonly values?: ArrayLike<number>;
}
export type StateSpec = readonly StateEntry[];

export interface EngineInfo {
  readonly name: EngineName;
  /** For example `oneDNN 2.6.3`. */
  readonly library: string;
  /** The file that was loaded, where there is one. */
  readonly path?: string;
  /** For example `avx512_core_bf16`. */
  readonly instructionSet?: string;
  readonly threads: number;
}

/** Numbers in an engine's precision: float32, in the reference engine float64. */
export type Numbers = Float32Array | Float64Array;
/** Values by input name, of exactly the input's size, row-major. */
export type Inputs = Readonly<Record<string, Numbers>>;
/** Values by output name, row-major. They belong to the executable and hold until its next run. */
export type Outputs = Readonly<Record<string, Numbers>>;

/** Time of one primitive in one run, for profiles. */
export interface StepTime {
  /** The layer it belongs to; empty where it belongs to none. */
  readonly place: string;
  readonly op: string;
  /** What computed it, in the engine's words. */
  readonly implementation: string;
  /** What it read and wrote. */
  readonly layouts: readonly string[];
  /** Multiplications and additions, where they are what the time goes into (products and convolutions). */
  readonly operations?: number;
  readonly milliseconds: number;
}

export interface Executable {
  run(inputs: Inputs): Promise<Outputs>;
  /** Runs once, as `run` does, and times each primitive. Engines that cannot tell have none. */
  profile?(inputs: Inputs): Promise<readonly StepTime[]>;
  dispose(): void;
}

/** What computes: this machine's processor, or the memory and units of a graphics processor. */
export type Device = "cpu" | "gpu";

/** Owns parameters, buffers and optimizer slots; all programs compiled in it share them. */
export interface Session {
  compile(program: Program): Promise<Executable>;
  /** Compiles programs that work hand in hand: an engine lays out its memory for all of them, where it has not yet. */
  compileTogether(programs: readonly Program[]): Promise<readonly Executable[]>;
  /** Where its state lies and its programs run. */
  readonly device: Device;
  /** A copy of a state entry in the written layout, in the engine's own precision: nothing is rounded. */
  read(name: string): Promise<Numbers>;
  /** Sets a state entry from the written layout; a wrong length is refused. */
  write(name: string, values: ArrayLike<number>): Promise<void>;
  /**
   * Hands out all entries of kind `gradient` as one flat array, in the engine's own order and layout with zeros in between: equal
   * in sessions of one engine, library and instruction set that were opened and compiled alike. What `change` makes of the
   * array, in place, is the gradient from then on.
   */
  changeGradients(change: (flat: Numbers) => void | Promise<void>): Promise<void>;
  /** Gives back all memory, that of its executables too. Safe to call twice. */
  dispose(): void;
}

export interface EngineOptions {
  /** Threads that compute; default: the processors this process may use. */
  readonly threads?: number;
  /**
   * Whether threads that wait for work keep their processors busy meanwhile: quicker where nothing else wants them, and
   * slower where something does. Heard by the native build of ONNX Runtime; default false, since batches are made in
   * other threads of the same processors.
   */
  readonly spins?: boolean;
  /** Receives lines such as the memory plan's peak. */
  readonly debug?: (line: string) => void;
  /** Receives what the person should know of the engine that was chosen, such as what would be faster; one line. */
  readonly notice?: (line: string) => void;
}

export interface Engine {
  readonly name: EngineName;
  /** What would make it faster on this machine, a sentence with the command; absent where nothing would. */
  readonly advice?: string;
  describe(): EngineInfo;
  open(state: StateSpec): Promise<Session>;
}

/** How an engine takes the step of each optimizer update, from operands in the engine's own form. A missing row does not compile. */
export type UpdateLowering<Operand, Context> = {
  readonly [Name in UpdateName]: (
    operands: UpdateOperands<Operand, SlotOf<Name>, ScalarOf<Name>>,
    attributes: AttributesOf<Name>,
    context: Context,
  ) => void;
};

/** How an engine computes each op. A missing row does not compile, but for ops that others stand in for (`expand`). */
export type Lowering<Context> = {
  readonly [Name in Exclude<OpName, ExpandableOpName>]: Row<Name, Context>;
} & { readonly [Name in ExpandableOpName]?: Row<Name, Context> };
type Row<Name extends OpName, Context> = (node: Node<Name, AttributesOf<Name>>, context: Context) => void;
