import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A declaration of the public API, as the compiled declarations have it. */
interface Declared {
  readonly name: string;
  readonly kind: 'function' | 'const' | 'class' | 'type';
  /** TypeScript, with the docstrings of members. */
  readonly code: string;
  /** The docstring's own text. */
  readonly about: string;
}

const EXPORT = /export (?:type )?\{([^}]*)\} from '(\.[^']*)\.ts';/g;

/** Names that index.d.ts exports, by the file that they come from. */
async function exported(index: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const [, names = '', file = ''] of (await readFile(index, 'utf8')).matchAll(EXPORT)) {
    const own = names.split(',').map((name) => name.trim().replace(/^type /, ''));
    const path = join(dirname(index), `${file}.d.ts`);
    found.set(path, [...(found.get(path) ?? []), ...own.filter((name) => name !== '')]);
  }
  return found;
}

const START = /^export (?:declare )?(?:abstract )?(function|const|class|interface|type) (\w+)/;

/** Top-level declarations of a .d.ts file with their docstrings. */
function declarations(text: string): Declared[] {
  const lines = text.split('\n');
  const found: Declared[] = [];
  let doc: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('/**')) {
      doc = [];
      for (; at < lines.length; at++) {
        doc.push(lines[at] ?? '');
        if ((lines[at] ?? '').includes('*/')) break;
      }
      continue;
    }
    const [, word = '', name = ''] = START.exec(line) ?? [];
    if (name === '') {
      if (line.trim() !== '') doc = [];
      continue;
    }
    const code = [line];
    while (!isWhole(code) && at + 1 < lines.length) code.push(lines[++at] ?? '');
    const kind = word === 'interface' ? 'type' : (word as Declared['kind']);
    found.push({ name, kind, code: code.join('\n').replace(/^export (declare )?/, ''), about: aboutOf(doc) });
    doc = [];
  }
  return found;
}

/** Whether brackets are closed and a statement ends. */
function isWhole(code: readonly string[]): boolean {
  const text = code
    .join('\n')
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/=>/g, '')
    .replace(/'[^'\n]*'/g, '');
  const depth = [...text].reduce((sum, c) => sum + ('{(['.includes(c) ? 1 : '})]'.includes(c) ? -1 : 0), 0);
  return depth === 0 && /[;}]\s*$/.test(text);
}

function aboutOf(doc: readonly string[]): string {
  const text = doc.map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*)?\s?/, '').replace(/\s*\*\/$/, '')).join('\n');
  return text
    .trim()
    .replace(/^@param (\w+)\s+/gm, '- `$1`: ')
    .replace(/^@returns\s+/gm, '- returns ')
    .replace(/^@throws\s+/gm, '- throws ')
    .replace(/([^\n])\n(- )/g, '$1\n$2')
    .replace(/([^\n-][^\n]*)\n- /, '$1\n\n- ');
}

const IMPORT = /import (?:type )?\{([^}]*)\} from '(\.[^']*)\.ts';/g;

/** Types of this package that exported declarations name and that are not exported, sorted. */
export async function hiddenTypes(index: string): Promise<string[]> {
  const files = await exported(index);
  const known = new Set([...files.values()].flat());
  const hidden = new Set<string>();
  for (const [path, names] of files) {
    const text = await readFile(path, 'utf8');
    const imported = [...text.matchAll(IMPORT)].flatMap(([, list = '']) => list.split(','));
    const own = declarations(text.replaceAll(/^(?!export )(?=declare |interface |type |class )/gm, 'export '));
    const inside = new Set([
      ...imported.map((name) => name.trim().replace(/^type /, '')),
      ...own.map((declared) => declared.name),
    ]);
    for (const { name, code } of own) {
      if (!names.includes(name)) continue;
      const plain = code.replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
      for (const [word] of plain.matchAll(/\b[A-Z]\w+\b/g)) if (inside.has(word) && !known.has(word)) hidden.add(word);
    }
  }
  return [...hidden].sort();
}

const HEADINGS = { function: 'Functions', class: 'Classes', const: 'Values', type: 'Types' } as const;

/** The reference as Markdown: every export with its signature and its docstring. */
export async function apiReference(index: string): Promise<string> {
  const all: Declared[] = [];
  for (const [path, names] of await exported(index)) {
    const known = declarations(await readFile(path, 'utf8'));
    for (const name of names) {
      const one = known.find((declared) => declared.name === name);
      if (one === undefined) throw new Error(`${path} does not declare ${name}`);
      all.push(one);
    }
  }
  const sections = (Object.keys(HEADINGS) as (keyof typeof HEADINGS)[]).map((kind) => {
    const own = all.filter((one) => one.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1));
    const body = own.map(({ name, code, about }) => {
      return `### ${name}\n\n${about === '' ? '' : `${about}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`;
    });
    return `## ${HEADINGS[kind]}\n\n${body.join('\n')}`;
  });
  return sections.join('\n');
}
