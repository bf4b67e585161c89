// The entry isthmus/formats: files of arrays and models, as bytes. Nothing here touches a disk.
export * from "../formats/idx.js";
export * from "../formats/npy.js";
export * from "../formats/onnx.js";
export * from "../formats/safetensors.js";
