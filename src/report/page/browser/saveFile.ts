// A file that a page hands to the person who looks at it.

/** Saves it where the browser keeps what is downloaded. */
export function saveFile(content: Blob, fileName: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // Later, for the browser reads it first.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
