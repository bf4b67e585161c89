// The experiment's text in an editor: YAML in colours, completion from the JSON Schema, mistakes underlined where they are.
// A chunk of its own, loaded when somebody writes an experiment.
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { parseDocument } from "yaml";
import type { Validated } from "../../api.js";
import { offeredKeys, offeredValues, type RootSchema, schemaAt } from "../state/schemaWalk.js";
import { yamlPlace } from "../state/yamlPlace.js";

export interface Editor {
  /** Replaces the text where it is another one. */
  readonly show: (text: string) => void;
  readonly showProblems: (problems: Validated["problems"]) => void;
  readonly goTo: (line: number, column: number) => void;
  readonly end: () => void;
}

const look = EditorView.theme({
  "&": { fontSize: "0.8125rem", color: "var(--ink)", backgroundColor: "var(--ground)", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-content": { fontFamily: "var(--font-code)", caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--ink-muted)", backgroundColor: "var(--ground-raised)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--focus) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--focus) 25%, transparent)",
  },
  ".cm-tooltip": {
    color: "var(--ink)",
    backgroundColor: "var(--ground)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--ground)", backgroundColor: "var(--ink)" },
  ".cm-completionInfo": { maxWidth: "24rem", padding: "0.5rem", fontFamily: "var(--font)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": { padding: "0.5rem", fontFamily: "var(--font)" },
  ".cm-lintRange-error": { backgroundImage: "none", borderBottom: "2px solid var(--bad)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--series-1)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--series-2)" },
  { tag: [tags.string], color: "var(--good)" },
  { tag: [tags.comment], color: "var(--ink-muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: "var(--ink-muted)" },
]);

export function openEditor(
  parent: HTMLElement,
  text: string,
  schema: () => RootSchema | undefined,
  onText: (text: string) => void,
): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        indentUnit.of("  "),
        indentOnInput(),
        yaml(),
        syntaxHighlighting(colours),
        lintGutter(),
        placeholder("An experiment. Ctrl Space says what may stand here."),
        autocompletion({ override: [(context) => offers(context, schema())], icons: false, activateOnTyping: true }),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": "Experiment as YAML; Escape, then Tab leaves" }),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, leave, indentWithTab]),
        look,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onText(update.state.doc.toString());
        }),
      ],
    }),
  });
  const placeOf = (line: number, column: number): number => {
    const { doc } = view.state;
    const one = doc.line(Math.min(doc.lines, Math.max(1, line)));
    return Math.min(one.to, one.from + Math.max(0, column - 1));
  };
  return {
    show: (next) => {
      if (next !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    showProblems: (problems) => {
      const diagnostics = problems.map((problem): Diagnostic => {
        const from = placeOf(problem.line, problem.column);
        const to = Math.max(from, placeOf(problem.endLine, problem.endColumn));
        const message = [problem.message, problem.hint].filter(Boolean).join(". ");
        // What has no length would not be underlined.
        return { from, to: to > from ? to : Math.min(view.state.doc.length, from + 1), severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    goTo: (line, column) => {
      const at = placeOf(line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      view.focus();
    },
    end: () => view.destroy(),
  };
}

/** After Escape the Tab key leaves the editor, as CodeMirror's own guide asks of editors that take Tab. */
const leave = {
  key: "Escape",
  run: (view: EditorView): boolean => {
    view.setTabFocusMode(2_000);
    return false;
  },
};

function offers(context: CompletionContext, schema: RootSchema | undefined): CompletionResult | null {
  if (schema === undefined) return null;
  const text = context.state.doc.toString();
  const place = yamlPlace(text, context.pos);
  if (place === undefined || (place.begun === "" && !context.explicit)) return null;
  // The line that is begun need not be YAML yet; the others say which model it is and which keys there are.
  const value: unknown = parseDocument(text, { logLevel: "silent" }).toJS();
  const { alternatives, value: here } = schemaAt(schema, value, place.path);
  const keys = place.isKey ? offeredKeys(alternatives, here) : [];
  const isItem = typeof place.path.at(-1) === "number";
  const values = !place.isKey || isItem ? offeredValues(alternatives) : [];
  const options: Completion[] = [
    ...values.map(({ word, what }) => ({ label: word, info: what, boost: 1 })),
    ...keys.map(({ word, what }) => ({ label: word, apply: `${word}: `, detail: ":", info: what })),
  ];
  return options.length === 0 ? null : { from: place.from, options, validFor: /^[\w.-]*$/ };
}
