// The types of what binds C functions.

export type Koffi = typeof import("koffi");
export type NativeLibrary = ReturnType<Koffi["load"]>;
