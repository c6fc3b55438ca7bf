/** A file's name as llama-gguf-split and Python's gguf write it. */
const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/** More parts are no model, but a name that lies. */
const MOST_PARTS = 10_000;

/** Names of all parts of the GGUF file that a file is a part of by its name, in order; undefined for a whole one. */
export function splitNames(name: string): string[] | undefined {
  const [, stem = '', number = '', count = ''] = PART.exec(name) ?? [];
  const parts = Number(count);
  if (parts < 1 || parts > MOST_PARTS || Number(number) < 1 || Number(number) > parts) return undefined;
  return Array.from({ length: parts }, (_, part) => `${stem}-${String(part + 1).padStart(5, '0')}-of-${count}.gguf`);
}
