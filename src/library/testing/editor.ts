// What an editor shows of a piece of code that uses the library: mistakes with their places, and texts on hovering.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface Editor {
  /** What the compiler underlines, and what it says. */
  underlined(code: string): readonly { readonly text: string; readonly message: string }[];
  /** What is shown when the pointer is on the first `word` of `code`: its type, and its documentation. */
  hover(code: string, word: string): { readonly type: string; readonly documentation: string };
}

/** An editor with the project's own strict settings, by which "isthmus" is the library's source. */
export function openEditor(): Editor {
  const file = join(root, "src/library/testing/written.ts");
  let text = "";
  let version = 0;
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, noUnusedLocals: false }),
    getScriptFileNames: () => [file],
    getScriptVersion: (name) => (name === file ? String(version) : "0"),
    getScriptSnapshot(name) {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const write = (code: string): void => {
    text = code;
    version += 1;
  };
  return {
    underlined(code) {
      write(code);
      return [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
        ({ start = 0, length = 0, messageText }) => ({
          text: text.slice(start, start + length),
          message: ts.flattenDiagnosticMessageText(messageText, "\n"),
        }),
      );
    },
    hover(code, word) {
      write(code);
      const found = service.getQuickInfoAtPosition(file, text.indexOf(word));
      return {
        type: ts.displayPartsToString(found?.displayParts),
        documentation: ts.displayPartsToString(found?.documentation),
      };
    },
  };
}
