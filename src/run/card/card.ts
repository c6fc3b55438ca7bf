import type { ModelFacts } from '../../models/hub/model-facts.ts';
import { stringify } from 'yaml';
import { counted } from '../../counted.ts';

/** An input of a merge, as its card shows it. */
export interface CardInput {
  /** "org/name", or the name of a local folder. */
  readonly name: string;
  /** Commit on the Hub; undefined for a local model. */
  readonly commit: string | undefined;
  /** As the recipe says it: "0.5", "[0, 0.5, 1]", "0.3 (self_attn), 0.7"; undefined where the method takes none. */
  readonly weight: string | undefined;
  /** Whether it is the recipe's base_model. */
  readonly base: boolean;
  readonly facts: ModelFacts;
}

/** Everything that a model card says. Plain data. */
export interface CardData {
  readonly title: string;
  readonly method: { readonly name: string; readonly title: string; readonly source: string };
  readonly inputs: readonly CardInput[];
  /** YAML text with the inputs pinned: the swizzle_recipe.yml beside the card. */
  readonly recipe: string;
  /** dtype of the output, as torch spells it. */
  readonly dtype: string;
  readonly parameters: number;
  readonly device: string;
  /** Versions by name: swizzle, node. */
  readonly versions: Readonly<Record<string, string>>;
  /** "2024-05-31". */
  readonly date: string;
  /** File next to the card that holds `recipe`. */
  readonly file: string;
  /** Command that makes the same bytes again. */
  readonly command: string;
  /** A section more, as Markdown: how the recipe came about. */
  readonly story?: string | undefined;
}

/** Text of README.md: front matter for the Hub, then the same for people. Pure. */
export function modelCard(data: CardData): string {
  const { claim } = commonLicense(data.inputs);
  const parts = [
    `---\n${stringify(frontMatter(data, claim))}---`,
    `# ${data.title}`,
    `A merge of ${counted(data.inputs.length, 'model')} by ${data.method.title} (${data.method.source}), made with ` +
      '[Swizzle](https://www.npmjs.com/package/swizzle-merge).',
    `## Inputs\n\n${inputTable(data.inputs)}`,
    ...(data.story === undefined ? [] : [data.story]),
    ...(claim['license'] !== undefined
      ? []
      : [
          '## Licence\n\nThe inputs do not share one known licence, so none is claimed here. Every input keeps its own terms:\n\n' +
            data.inputs.map(({ name, facts }) => `- ${name}: ${licenseLabel(facts)}`).join('\n'),
        ]),
    `## Recipe\n\n\`\`\`yaml\n${data.recipe.trimEnd()}\n\`\`\``,
    `## How it was made\n\n${facts(data)}`,
    `## How to make it again\n\n\`\`\`sh\n${data.command}\n\`\`\`\n\n` +
      `With \`${data.file}\` of this folder and ` +
      'the same inputs the weights come out the same, byte for byte. Inputs from the Hub are pinned to a commit, local ones by size and sha256 of headers and samples (or of every byte, where the recipe says so): another model in their place is refused.',
  ];
  return `${parts.join('\n\n')}\n`;
}

function frontMatter(data: CardData, license: Readonly<Record<string, string>>): Record<string, unknown> {
  const onHub = data.inputs.filter(({ commit }) => commit !== undefined).map(({ name }) => name);
  const all = data.inputs.map((input) => input.facts);
  const languages = agreed(all.map((one) => one.languages.toSorted().join(' ')))?.split(' ');
  const pipelineTag = agreed(all.map((one) => one.pipelineTag));
  return {
    ...(onHub.length > 0 ? { base_model: [...new Set(onHub)], base_model_relation: 'merge' } : {}),
    library_name: agreed(all.map((one) => one.libraryName)) ?? 'transformers',
    ...(pipelineTag === undefined ? {} : { pipeline_tag: pipelineTag }),
    ...(languages === undefined ? {} : { language: languages }),
    ...license,
    tags: ['merge', 'swizzle', ...(data.method.name === 'linear' ? [] : [data.method.name])],
  };
}

/** The one value that all have; undefined where they differ or one has none. */
function agreed(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return first !== '' && values.every((value) => value === first) ? first : undefined;
}

function inputTable(inputs: readonly CardInput[]): string {
  const rows = inputs.map(({ name, commit, weight, base, facts: { license } }) => {
    const model = commit === undefined ? `\`${name}\` (local)` : `[${name}](https://huggingface.co/${name})`;
    const at = commit === undefined ? '' : `\`${commit}\``;
    return [base ? `${model} (base)` : model, at, weight ?? '', license ?? 'unknown'];
  });
  const head = ['model', 'commit', 'weight', 'licence'];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** 10731524096 as 10,731,524,096; what Intl does, without the 20 ms that it takes to load. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function facts({ method, dtype, parameters, device, versions, date }: CardData): string {
  const lines = [
    `method: \`${method.name}\``,
    `dtype: ${dtype}; the arithmetic is float32 or better, rounded once`,
    `parameters: ${grouped(parameters)}`,
    `device: ${device}`,
    ...Object.entries(versions).map(([name, version]) => `${name}: ${version}`),
    `date: ${date}`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

/** An input of a merge, for the question of licences. */
interface LicensedInput {
  readonly name: string;
  readonly facts: ModelFacts;
}

/** What a merge's card may say of its licence. */
interface LicenseFinding {
  /** Front matter fields; empty where none is claimed. */
  readonly claim: Readonly<Record<string, string>>;
  /** Why none is claimed, for the user; undefined where one is, and where nothing is known of any input. */
  readonly warning: string | undefined;
}

/** "cc-by-nc-4.0", "other (llama3)", "unknown". */
function licenseLabel({ license, licenseName }: ModelFacts): string {
  if (license === undefined) return 'unknown';
  return licenseName === undefined ? license : `${license} (${licenseName})`;
}

/** The inputs' common licence. Where they differ, or one is unknown, none is claimed: that is for people to settle. */
export function commonLicense(inputs: readonly LicensedInput[]): LicenseFinding {
  const labels = new Set(inputs.map(({ facts }) => licenseLabel(facts)));
  const [first] = inputs;
  if (labels.size === 1 && first?.facts.license !== undefined) {
    const { license, licenseName, licenseLink } = first.facts;
    const claim = {
      license,
      ...(licenseName === undefined ? {} : { license_name: licenseName }),
      ...(licenseLink === undefined ? {} : { license_link: licenseLink }),
    };
    return { claim, warning: undefined };
  }
  if (inputs.every(({ facts }) => facts.license === undefined)) return { claim: {}, warning: undefined };
  const each = inputs.map(({ name, facts }) => `${name}: ${licenseLabel(facts)}`).join('; ');
  return { claim: {}, warning: `the inputs have different licences, so the model card claims none (${each})` };
}

/** How a cocktail's weights came about. */
interface CocktailFacts {
  readonly temperature: number;
  readonly target: string | undefined;
  readonly examples: { readonly file: string; readonly count: number; readonly hash: string };
  readonly models: readonly { readonly name: string; readonly loss: number; readonly weight: number }[];
}

/** A section of the model card. It tells of the examples, not their text. Pure. */
export function cocktailStory({ temperature, target, examples, models }: CocktailFacts): string {
  const { file, count, hash } = examples;
  const rule =
    target === undefined
      ? `w = softmax(-loss / ${temperature})`
      : `\`${target}\` keeps its share, the others divide the rest by softmax(-loss / ${temperature})`;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rows = models.map(({ name, loss, weight }) => {
    return line([`\`${name.replaceAll('|', '\\|')}\``, loss.toFixed(6), weight.toFixed(6)]);
  });
  return [
    '## How the weights were found',
    `${rule} (LM-Cocktail, [arXiv 2311.13534](https://arxiv.org/abs/2311.13534)), with the loss of each model on ` +
      `${count} ${count === 1 ? 'example' : 'examples'} (\`${file}\`, SHA-256 \`${hash}\`):`,
    [line(['model', 'loss', 'weight']), line(['---', '---', '---']), ...rows].join('\n'),
  ].join('\n\n');
}
