// The ONNX codec: a model as plain objects, to and from the bytes of an .onnx file. It knows no operator's meaning.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (protocol buffers; field numbers as written there).
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { InternalError, UserError } from "../base/errors.js";

/** Element types of tensors, with the format's code and the array that holds one. Bool is one byte an element. */
const elementTypes = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float64: { code: 11, array: Float64Array },
} as const;
export type OnnxElementType = keyof typeof elementTypes;
export type OnnxData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Float64Array;

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxElementType;
  /** Row-major; [] for a single number. */
  readonly shape: readonly number[];
  readonly data: OnnxData;
}

/** Exactly one kind of value. Whole numbers must be safe integers. */
export type OnnxAttribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly tensor: OnnxTensor }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] };

export interface OnnxNode {
  /** The operator: `Conv`. */
  readonly operator: string;
  /** The operator's family; the standard's own where absent. */
  readonly domain?: string;
  readonly name?: string;
  /** Values by name; "" for an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxElementType;
  /** A number, or the name of a length that is only known when the model runs: `batch`. */
  readonly shape: readonly (number | string)[];
  readonly description?: string;
}

export interface OnnxGraph {
  readonly name: string;
  /** Each after those whose outputs it uses. */
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Constants and parameters. */
  readonly initializers: readonly OnnxTensor[];
}

export interface OnnxModel {
  readonly irVersion: number;
  /** Operator families with their version; "" is the standard's own. */
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph;
}

/** Attribute kinds with the format's code for them. */
const attributeCodes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** The bytes of a file. The same model gives the same bytes. */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  whole(writer, 1, model.irVersion);
  if (model.producer !== undefined) {
    text(writer, 2, model.producer.name);
    text(writer, 3, model.producer.version);
  }
  if (model.description !== undefined) text(writer, 6, model.description);
  message(writer, 7, () => writeGraph(writer, model.graph));
  for (const [domain, version] of Object.entries(model.operatorSets)) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      whole(writer, 2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    message(writer, 14, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  return writer.finish();
}

function whole(writer: BinaryWriter, field: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new InternalError(`an ONNX file cannot hold ${value} as a whole number`);
  writer.tag(field, WireType.Varint).int64(value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  text(writer, 2, graph.name);
  for (const tensor of graph.initializers) message(writer, 5, () => writeTensor(writer, tensor));
  for (const value of graph.inputs) message(writer, 11, () => writeValue(writer, value));
  for (const value of graph.outputs) message(writer, 12, () => writeValue(writer, value));
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  if (node.name !== undefined) text(writer, 3, node.name);
  text(writer, 4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message(writer, 5, () => writeAttribute(writer, name, attribute));
  }
  if (node.domain !== undefined) text(writer, 7, node.domain);
}

function writeAttribute(writer: BinaryWriter, name: string, attribute: OnnxAttribute): void {
  text(writer, 1, name);
  const bytes = (field: number, value: string): void => {
    writer.tag(field, WireType.LengthDelimited).bytes(new TextEncoder().encode(value));
  };
  let code: number;
  if ("float" in attribute) {
    code = attributeCodes.float;
    writer.tag(2, WireType.Bit32).float(attribute.float);
  } else if ("int" in attribute) {
    code = attributeCodes.int;
    whole(writer, 3, attribute.int);
  } else if ("string" in attribute) {
    code = attributeCodes.string;
    bytes(4, attribute.string);
  } else if ("tensor" in attribute) {
    code = attributeCodes.tensor;
    message(writer, 5, () => writeTensor(writer, attribute.tensor));
  } else if ("floats" in attribute) {
    code = attributeCodes.floats;
    for (const value of attribute.floats) writer.tag(7, WireType.Bit32).float(value);
  } else if ("ints" in attribute) {
    code = attributeCodes.ints;
    for (const value of attribute.ints) whole(writer, 8, value);
  } else {
    code = attributeCodes.strings;
    for (const value of attribute.strings) bytes(9, value);
  }
  whole(writer, 20, code);
}

function writeTensor(writer: BinaryWriter, { name, type, shape, data }: OnnxTensor): void {
  const { code, array } = elementTypes[type];
  if (!(data instanceof array)) {
    throw new InternalError(`tensor ${name} is written as ${type} but comes in a ${data.constructor.name}`);
  }
  if (elements(shape) !== data.length) {
    throw new InternalError(`tensor ${name} of shape [${shape.join(", ")}] has ${data.length} elements`);
  }
  for (const length of shape) whole(writer, 1, length);
  whole(writer, 2, code);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue(writer: BinaryWriter, { name, type, shape, description }: OnnxValue): void {
  text(writer, 1, name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      whole(writer, 1, elementTypes[type].code);
      message(writer, 2, () => {
        for (const length of shape) {
          message(writer, 1, () => {
            if (typeof length === "number") whole(writer, 1, length);
            else text(writer, 2, length);
          });
        }
      });
    }),
  );
  if (description !== undefined) text(writer, 3, description);
}

/**
 * Reads a file's bytes. What this codec has no place for (functions, control flow, types of other tensors) is refused
 * where a graph needs it and passed over where it is decoration.
 * @param name the file, for errors
 * @throws UserError where the bytes are no ONNX model, or one with parts that are not supported
 */
export function decodeOnnx(bytes: Uint8Array, name: string): OnnxModel {
  let model: OnnxModel | undefined;
  try {
    model = readModel(new BinaryReader(bytes), bytes.length);
  } catch (cause) {
    if (cause instanceof Unsupported) {
      throw new UserError(`the ONNX model has ${cause.message}, which is not supported.`, { at: name, cause });
    }
    throw notAModel(name, cause);
  }
  if (model === undefined) throw notAModel(name);
  return model;
}

function notAModel(name: string, cause?: unknown): UserError {
  return new UserError("is not an ONNX model, or a damaged one.", {
    at: name,
    hint: "Get or export it again.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A part of a valid file that this codec does not hold. */
class Unsupported extends Error {}

type Fields = Readonly<Record<number, (wireType: WireType) => void>>;

/** Reads fields until `end`; those not named are passed over. */
function readFields(reader: BinaryReader, end: number, fields: Fields): void {
  if (end > reader.len) throw new RangeError("a message ends after the file");
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    const read = fields[field];
    if (read === undefined) reader.skip(wireType, field);
    else read(wireType);
  }
  if (reader.pos !== end) throw new RangeError("a field ends after its message");
}

/** Reads a message that is the field just met. */
function inner<Result>(reader: BinaryReader, read: (reader: BinaryReader, end: number) => Result): Result {
  const length = reader.uint32();
  return read(reader, reader.pos + length);
}

function number(reader: BinaryReader): number {
  const value = Number(reader.int64());
  if (!Number.isSafeInteger(value)) throw new Unsupported("a whole number beyond 2⁵³");
  return value;
}

/** A repeated number: one, or several packed together. */
function repeated(reader: BinaryReader, wireType: WireType, read: () => number, into: number[]): void {
  if (wireType !== WireType.LengthDelimited) {
    into.push(read());
    return;
  }
  const length = reader.uint32();
  const end = reader.pos + length;
  while (reader.pos < end) into.push(read());
}

function readModel(reader: BinaryReader, end: number): OnnxModel | undefined {
  let irVersion = 0;
  let producerName = "";
  let producerVersion = "";
  let description: string | undefined;
  let graph: OnnxGraph | undefined;
  const operatorSets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  readFields(reader, end, {
    1: () => {
      irVersion = number(reader);
    },
    2: () => {
      producerName = reader.string();
    },
    3: () => {
      producerVersion = reader.string();
    },
    6: () => {
      description = reader.string();
    },
    7: () => {
      graph = inner(reader, readGraph);
    },
    8: () =>
      inner(reader, (_, setEnd) => {
        let domain = "";
        let version = 0;
        readFields(reader, setEnd, {
          1: () => {
            domain = reader.string();
          },
          2: () => {
            version = number(reader);
          },
        });
        operatorSets[domain] = version;
      }),
    14: () =>
      inner(reader, (_, entryEnd) => {
        let key = "";
        let value = "";
        readFields(reader, entryEnd, {
          1: () => {
            key = reader.string();
          },
          2: () => {
            value = reader.string();
          },
        });
        metadata[key] = value;
      }),
    25: () => {
      throw new Unsupported("functions of its own");
    },
  });
  if (graph === undefined || irVersion === 0) return undefined;
  return {
    irVersion,
    operatorSets,
    ...(producerName === "" && producerVersion === ""
      ? {}
      : { producer: { name: producerName, version: producerVersion } }),
    ...(description === undefined ? {} : { description }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    graph,
  };
}

function readGraph(reader: BinaryReader, end: number): OnnxGraph {
  let name = "";
  const nodes: OnnxNode[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const initializers: OnnxTensor[] = [];
  readFields(reader, end, {
    1: () => {
      nodes.push(inner(reader, readNode));
    },
    2: () => {
      name = reader.string();
    },
    5: () => {
      initializers.push(inner(reader, readTensor));
    },
    11: () => {
      inputs.push(inner(reader, readValue));
    },
    12: () => {
      outputs.push(inner(reader, readValue));
    },
    15: () => {
      throw new Unsupported("sparse constants");
    },
  });
  return { name, nodes, inputs, outputs, initializers };
}

function readNode(reader: BinaryReader, end: number): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, OnnxAttribute> = {};
  let operator = "";
  let name: string | undefined;
  let domain: string | undefined;
  readFields(reader, end, {
    1: () => {
      inputs.push(reader.string());
    },
    2: () => {
      outputs.push(reader.string());
    },
    3: () => {
      name = reader.string();
    },
    4: () => {
      operator = reader.string();
    },
    5: () => {
      const [key, attribute] = inner(reader, readAttribute);
      attributes[key] = attribute;
    },
    7: () => {
      domain = reader.string();
    },
  });
  return {
    operator,
    ...(domain === undefined || domain === "" ? {} : { domain }),
    ...(name === undefined ? {} : { name }),
    inputs,
    outputs,
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

function readAttribute(reader: BinaryReader, end: number): readonly [string, OnnxAttribute] {
  let name = "";
  let code = 0;
  let float = 0;
  let int = 0;
  let string = "";
  let tensor: OnnxTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  const readText = (): string => new TextDecoder().decode(reader.bytes());
  readFields(reader, end, {
    1: () => {
      name = reader.string();
    },
    2: () => {
      float = reader.float();
    },
    3: () => {
      int = number(reader);
    },
    4: () => {
      string = readText();
    },
    5: () => {
      tensor = inner(reader, readTensor);
    },
    7: (wireType) => repeated(reader, wireType, () => reader.float(), floats),
    8: (wireType) => repeated(reader, wireType, () => number(reader), ints),
    9: () => {
      strings.push(readText());
    },
    20: () => {
      code = number(reader);
    },
  });
  switch (code) {
    case attributeCodes.float:
      return [name, { float }];
    case attributeCodes.int:
      return [name, { int }];
    case attributeCodes.string:
      return [name, { string }];
    case attributeCodes.floats:
      return [name, { floats }];
    case attributeCodes.ints:
      return [name, { ints }];
    case attributeCodes.strings:
      return [name, { strings }];
    case attributeCodes.tensor:
      if (tensor !== undefined) return [name, { tensor }];
  }
  throw new Unsupported(`an attribute ${name} of type ${code}`);
}

function typeOfCode(code: number): OnnxElementType {
  for (const [name, known] of Object.entries(elementTypes)) if (known.code === code) return name as OnnxElementType;
  throw new Unsupported(`values of element type ${code}`);
}

function readTensor(reader: BinaryReader, end: number): OnnxTensor {
  const shape: number[] = [];
  const numbers: number[] = [];
  const wholes: (bigint | string)[] = [];
  let code = 0;
  let name = "";
  let raw: Uint8Array | undefined;
  readFields(reader, end, {
    1: (wireType) => repeated(reader, wireType, () => number(reader), shape),
    2: () => {
      code = reader.int32();
    },
    4: (wireType) => repeated(reader, wireType, () => reader.float(), numbers),
    5: (wireType) => repeated(reader, wireType, () => reader.int32(), numbers),
    // A constant may be any 64-bit number: the largest stands for "to the end" in slices.
    7: (wireType) => repeated(reader, wireType, () => wholes.push(reader.int64()), []),
    8: () => {
      name = reader.string();
    },
    9: () => {
      raw = reader.bytes();
    },
    10: (wireType) => repeated(reader, wireType, () => reader.double(), numbers),
    14: () => {
      if (number(reader) !== 0) throw new Unsupported("constants in another file");
    },
  });
  const type = typeOfCode(code);
  const bytes = elementTypes[type].array.BYTES_PER_ELEMENT;
  const count = raw === undefined ? numbers.length + wholes.length : raw.length / bytes;
  if (count !== elements(shape)) {
    throw new RangeError(`tensor ${name} of shape [${shape.join(", ")}] has ${count} elements`);
  }
  // A copy, since the bytes need not lie where an array of numbers may begin. (The slice of a Buffer is none.)
  if (raw !== undefined) return { name, type, shape, data: new elementTypes[type].array(new Uint8Array(raw).buffer) };
  if (type === "int64") return { name, type, shape, data: BigInt64Array.from(wholes, BigInt) };
  return { name, type, shape, data: new elementTypes[type].array(numbers) };
}

function readValue(reader: BinaryReader, end: number): OnnxValue {
  let name = "";
  let description: string | undefined;
  let code = 0;
  const shape: (number | string)[] = [];
  const readDimension = (_: BinaryReader, dimensionEnd: number): void => {
    let length: number | string = "";
    readFields(reader, dimensionEnd, {
      1: () => {
        length = number(reader);
      },
      2: () => {
        length = reader.string();
      },
    });
    shape.push(length);
  };
  const readTensorType = (_: BinaryReader, typeEnd: number): void =>
    readFields(reader, typeEnd, {
      1: () => {
        code = reader.int32();
      },
      2: () => inner(reader, (__, shapeEnd) => readFields(reader, shapeEnd, { 1: () => inner(reader, readDimension) })),
    });
  readFields(reader, end, {
    1: () => {
      name = reader.string();
    },
    2: () => inner(reader, (_, typeEnd) => readFields(reader, typeEnd, { 1: () => inner(reader, readTensorType) })),
    3: () => {
      description = reader.string();
    },
  });
  return { name, type: typeOfCode(code), shape, ...(description === undefined ? {} : { description }) };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
