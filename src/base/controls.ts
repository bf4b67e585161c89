// Characters that do something to a terminal instead of being shown: names out of files that others made may hold them.

/** C0 but tab and newline, DEL, C1, marks and overrides of writing direction, separators of lines and paragraphs. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text with such characters as `\u001b`. Tabs and newlines stay. */
export function escapeControls(text: string): string {
  return text.replace(controls, escaped);
}

/** A name that stands within a line: its tabs and newlines are escaped as well. */
export function escapeName(name: string): string {
  return escapeControls(name).replace(/[\t\n]/g, escaped);
}

/** JSON text that is the same JSON and shows no such character; JSON itself escapes only those below 32. */
export function escapeJson(json: string): string {
  return json.replace(controls, escaped);
}
