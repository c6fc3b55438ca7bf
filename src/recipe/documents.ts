import { SwizzleError } from '../errors.ts';

/** One document of a recipe's text. */
export interface RecipeDocument {
  /** The document alone, on the same lines as in the whole text. */
  readonly text: string;
}

const MARK = /^---(?=\s|$)/;
const END = /^\.\.\.(?=\s|$)/;

/** The documents of a text that `---` parts, in order; those that hold only comments are left out. */
export function splitDocuments(text: string): RecipeDocument[] {
  const documents: { first: number; lines: string[] }[] = [];
  let open: { first: number; lines: string[] } = { first: 0, lines: [] };
  for (const [number, line] of text.split('\n').entries()) {
    if (MARK.test(line)) {
      documents.push(open);
      open = { first: number, lines: [line.replace(MARK, '   ')] };
    } else if (END.test(line)) open.lines.push('');
    else open.lines.push(line);
  }
  documents.push(open);
  const filled = documents.filter(({ lines }) =>
    lines.some((line) => !/^\s*(#.*)?$/.test(line.replace(/^\uFEFF/, ''))),
  );
  return filled.map(({ first, lines }) => ({ text: '\n'.repeat(first) + lines.join('\n') }));
}

/** A document of a chained recipe: its name, if it has one, and the models that it names. */
interface NamedDocument {
  readonly name: string | undefined;
  readonly models: readonly string[];
}

/** Whether `model` is the result of the document called `name`, alone or with an adapter over it. */
export function isResultOf(model: string, name: string): boolean {
  return model === name || model.startsWith(`${name}+`);
}

/**
 * Checks that names say which document is meant, and that each is made before it is used.
 * @param fail an error at a key of a document
 * @throws SwizzleError 'recipe'
 */
export function checkDocuments(
  documents: readonly NamedDocument[],
  fail: (document: number, path: readonly string[], message: string) => SwizzleError,
): void {
  for (const [index, { name, models }] of documents.entries()) {
    const last = index === documents.length - 1;
    if (name === undefined && !last) {
      throw fail(index, ['merge_method'], 'this document needs a name: only the last one may go without');
    }
    if (name !== undefined && !/^[\w.-]+$/.test(name)) {
      throw fail(index, ['name'], 'expected letters, digits, _, - and . only: it names a folder');
    }
    if (name !== undefined && documents.slice(0, index).some((other) => other.name === name)) {
      throw fail(index, ['name'], `${name} is the name of a document above, too`);
    }
    for (const [other, later] of documents.entries()) {
      const used = later.name !== undefined && models.some((model) => isResultOf(model, later.name ?? ''));
      if (!used || other < index) continue;
      const message =
        other === index
          ? `${later.name} is made from itself`
          : `${later.name} is used before it is made: put its document above this one`;
      throw fail(index, ['merge_method'], message);
    }
  }
}
