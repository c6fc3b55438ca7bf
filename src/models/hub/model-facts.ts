import { parse } from 'yaml';

/** What a model's card says of it, as far as a merge of it must know. */
export interface ModelFacts {
  readonly license: string | undefined;
  /** Name and address of a licence that is not one of the Hub's own ("other"). */
  readonly licenseName: string | undefined;
  readonly licenseLink: string | undefined;
  readonly languages: readonly string[];
  readonly pipelineTag: string | undefined;
  readonly libraryName: string | undefined;
}

export const NO_FACTS: ModelFacts = {
  license: undefined,
  licenseName: undefined,
  licenseLink: undefined,
  languages: [],
  pipelineTag: undefined,
  libraryName: undefined,
};

/** Facts from the front matter of a model's README.md; none where it has no front matter or a broken one. */
export function factsFromReadme(text: string): ModelFacts {
  const matter = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  if (matter === undefined) return NO_FACTS;
  try {
    return factsFromCard(parse(matter, { logLevel: 'error' }));
  } catch {
    return NO_FACTS;
  }
}

/** Facts from a card's data, as the Hub gives it. */
export function factsFromCard(card: unknown): ModelFacts {
  const data: Readonly<Record<string, unknown>> = typeof card === 'object' && card !== null ? { ...card } : {};
  const language = data['language'];
  const languages: unknown[] = Array.isArray(language) ? language : [language];
  return {
    license: oneText(data['license']),
    licenseName: oneText(data['license_name']),
    licenseLink: oneText(data['license_link']),
    languages: languages.filter((one): one is string => typeof one === 'string'),
    pipelineTag: oneText(data['pipeline_tag']),
    libraryName: oneText(data['library_name']),
  };
}

/** A text, or the only one of a list: cards may give a list of licences. */
function oneText(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof one === 'string' && one !== '' ? one : undefined;
}
