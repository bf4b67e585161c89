// An ONNX model whose weights are said to lie in a file elsewhere, as readers that trust it would open it.

/** A ModelProto with a graph of one initializer, whose data are the bytes of that file. Shorter than 128 bytes in each message. */
export function onnxElsewhere(location: string): Uint8Array<ArrayBuffer> {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const field = (number: number, content: Uint8Array): Uint8Array =>
    Uint8Array.of((number << 3) | 2, content.length, ...content);
  const varint = (number: number, value: number): Uint8Array => Uint8Array.of(number << 3, value);
  const entry = (key: string, value: string) => join(field(1, text(key)), field(2, text(value)));
  const tensor = join(
    // dims [8], float32, its name, where it lies, and that it lies there (data_location EXTERNAL).
    ...[varint(1, 8), varint(2, 1), field(8, text("w"))],
    ...[field(13, entry("location", location)), varint(14, 1)],
  );
  const graph = join(field(2, text("g")), field(5, tensor));
  // IR version 8; operators of version 17.
  return join(varint(1, 8), field(7, graph), field(8, varint(2, 17)));
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
