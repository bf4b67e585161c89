import { render } from "svelte/server";
import { expect, it } from "vitest";
import Amount from "./Amount.svelte";

it("stands as text, its unit beside it and its meaning where it is pointed at", () => {
  const { body } = render(Amount, { props: { value: "0.0123", unit: "mse", meaning: "a < b" } });
  expect(
    body
      .replaceAll(/<!--.*?-->|<[^>]*>|&nbsp;/g, " ")
      .replaceAll(/\s+/g, " ")
      .trim(),
  ).toBe("0.0123 mse");
  expect(body).toContain('title="a &lt; b"');
});
