// Points of a map by WebGL2: one call for all, colours and shapes from a buffer.
import type { Rgb } from "../../map/colours.js";
import { type Frame, type PointRenderer, paleness } from "./frame.js";

const vertexText = `#version 300 es
layout(location = 0) in vec2 place;
layout(location = 1) in vec4 mark;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
out vec3 colour;
flat out int shape;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  colour = mark.rgb;
  shape = int(mark.a * 255.0 + 0.5);
}`;

// Distances in radii of a circle; the shapes are those of `shapePath`.
const fragmentText = `#version 300 es
precision mediump float;
in vec3 colour;
flat in int shape;
uniform vec3 ground;
uniform float paleness;
out vec4 pixel;
void main() {
  vec2 p = (gl_PointCoord - 0.5) * 2.6;
  vec2 q = abs(p);
  float d = length(p);
  bool isInside = d <= 1.0;
  if (shape == 1) isInside = max(q.x, q.y) <= 0.9;
  else if (shape == 2) isInside = p.y <= 0.8 && q.x <= (p.y + 1.2) * 0.55;
  else if (shape == 3) isInside = q.x / 1.1 + q.y / 1.3 <= 1.0;
  else if (shape == 4) isInside = min(q.x, q.y) <= 0.4 && max(q.x, q.y) <= 1.2;
  else if (shape == 5) isInside = d <= 1.15 && d >= 0.55;
  if (!isInside) discard;
  pixel = vec4(mix(colour, ground, paleness), 1.0);
}`;

/** Names of WebGL that is computed by the processor. */
const software = /swiftshader|llvmpipe|software|basic render/i;

/** @param isForced also where it is computed by the processor @returns undefined where there is none, or none worth having */
export function webglRenderer(
  canvas: HTMLCanvasElement,
  isForced: boolean,
  onlost: () => void,
): PointRenderer | undefined {
  // Whether there is one worth having is tried elsewhere: a canvas that gave a WebGL context draws nothing else.
  if (!isForced && !isWorthHaving()) return undefined;
  const gl = canvas.getContext("webgl2", { antialias: false, depth: false, preserveDrawingBuffer: true });
  if (gl === null) return undefined;
  const program = linked(gl);
  if (program === undefined) return undefined;
  const lost = (event: Event): void => {
    event.preventDefault();
    onlost();
  };
  canvas.addEventListener("webglcontextlost", lost);
  const uniform = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
  const places = {
    ...{ middle: uniform("middle"), scale: uniform("scale"), size: uniform("size") },
    ...{ ground: uniform("ground"), paleness: uniform("paleness") },
  };
  const [pointBuffer, markBuffer, plainBuffer, strongBuffer] = Array.from({ length: 4 }, () => gl.createBuffer());
  let [plainCount, strongCount] = [0, 0];
  return {
    name: "WebGL2",
    setPoints(points, marks) {
      gl.bindBuffer(gl.ARRAY_BUFFER, pointBuffer ?? null);
      gl.bufferData(gl.ARRAY_BUFFER, points, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, markBuffer ?? null);
      gl.bufferData(gl.ARRAY_BUFFER, marks, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    },
    setOrder(plain, strong) {
      [plainCount, strongCount] = [plain.length, strong.length];
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, plainBuffer ?? null);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, plain, gl.DYNAMIC_DRAW);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, strongBuffer ?? null);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, strong, gl.DYNAMIC_DRAW);
    },
    draw({ view, size, ratio, radius, ground }: Frame) {
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      gl.viewport(0, 0, width, height);
      const [red, green, blue]: Rgb = ground;
      gl.clearColor(red / 255, green / 255, blue / 255, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.useProgram(program);
      gl.uniform2f(places.middle, view.x, view.y);
      gl.uniform2f(places.scale, (2 * view.scale) / size.width, (2 * view.scale) / size.height);
      gl.uniform3f(places.ground, red / 255, green / 255, blue / 255);
      const some = (buffer: WebGLBuffer | undefined, count: number, pointRadius: number, pale: number): void => {
        if (count === 0) return;
        gl.uniform1f(places.size, 2.6 * pointRadius * ratio);
        gl.uniform1f(places.paleness, pale);
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffer ?? null);
        gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 0);
      };
      some(plainBuffer, plainCount, radius, strongCount > 0 ? paleness : 0);
      some(strongBuffer, strongCount, radius + 1, 0);
    },
    dispose() {
      canvas.removeEventListener("webglcontextlost", lost);
      for (const buffer of [pointBuffer, markBuffer, plainBuffer, strongBuffer]) gl.deleteBuffer(buffer ?? null);
      gl.deleteProgram(program);
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

function isWorthHaving(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (gl === null) return false;
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(names === null ? gl.RENDERER : names.UNMASKED_RENDERER_WEBGL));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !software.test(renderer);
}

function linked(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [kind, text] of [
    [gl.VERTEX_SHADER, vertexText],
    [gl.FRAGMENT_SHADER, fragmentText],
  ] as const) {
    const shader = gl.createShader(kind);
    if (shader === null) return undefined;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) === true ? program : undefined;
}
