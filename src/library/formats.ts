// The entry isthmus/formats: files of arrays and models as bytes, and run folders.
export * from "../formats/idx.js";
export * from "../formats/npy.js";
export * from "../formats/onnx.js";
export * from "../formats/safetensors.js";
export { type Checkpoint, diskFileSystem, openRun, type RunFolder, readCheckpoint, readLog } from "../runs/index.js";
