// A page with a large map, for measuring how fast it moves.
import { flushSync, mount } from "svelte";
import PointMap from "../../src/report/page/map/PointMap.svelte";

export function open(count: number, renderer: "webgl" | "canvas"): void {
  const points = new Float32Array(2 * count);
  const classes = new Uint8Array(count);
  // Ten clouds, by a simple generator of numbers so that all runs are alike.
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < count; i++) {
    const k = i % 10;
    classes[i] = k;
    const r = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    points[2 * i] = 6 * Math.cos(k) + r * Math.cos(angle);
    points[2 * i + 1] = 6 * Math.sin(k * 1.7) + r * Math.sin(angle);
  }
  const names = Array.from({ length: 10 }, (_, k) => String(k));
  mount(PointMap, {
    target: document.body,
    props: { title: "Codes", points, classes: { of: classes, names }, renderer },
  });
  flushSync();
}
