// ONNX Runtime in WebAssembly. The package has this file with ONNX Runtime inside and its .wasm beside (scripts/after-build.mjs).
export { env, InferenceSession, Tensor } from "onnxruntime-web";
