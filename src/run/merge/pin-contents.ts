import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { type ContentPin, contentPin, pinLine } from '../../models/open/content-pin.ts';
import type { ModelStore } from '../../models/open/model-store.ts';
import type { MergerOptions } from './merger-options.ts';
import type { Models } from '../../models/models.ts';
import { settingsSum } from './input-facts.ts';

/** Pins of the models of a recipe by their content. A model is looked at once, however many outputs it goes into. */
export class ContentPins {
  readonly #opened: Models;
  readonly #store: ModelStore;
  readonly #extent: ContentPin['extent'];
  readonly #signal: AbortSignal | undefined;
  readonly #pins = new Map<Checkpoint, Promise<ContentPin>>();

  /** @param opened as their files have them, before vocabularies are brought together */
  constructor(opened: Models, store: ModelStore, { hashInputs, signal }: MergerOptions) {
    this.#opened = opened;
    this.#store = store;
    this.#signal = signal;
    this.#extent = hashInputs === true ? 'all bytes' : 'headers and samples';
  }

  /**
   * The comments that pin a model, with its adapter's; none for what the Hub pins to a commit.
   * @param nameOf the name that a model stays known by
   * @param isMade whether a model is the result of an earlier document
   */
  async linesOf(
    name: string,
    nameOf: (model: Checkpoint) => string,
    isMade: (label: string) => boolean,
  ): Promise<[name: string, line: string][]> {
    const model = this.#opened.get(name);
    if (model === undefined) return [];
    const lines: [string, string][] = [];
    for (const part of model.adapted ? [model.adapted.base, model.adapted.adapter] : [model]) {
      if (isMade(part.label) || this.#store.hubModel(part.label) !== undefined) continue;
      const own = nameOf(part);
      lines.push([own, pinLine(own, await this.#pinOf(part))]);
    }
    return lines;
  }

  /** Pins of all models by name, wherever their files are: a commit of the Hub, or content and settings of local files. */
  async facts(): Promise<Map<string, string>> {
    const facts = new Map<string, string>();
    for (const [name, model] of this.#opened) {
      const pins: string[] = [];
      for (const part of model.adapted ? [model.adapted.base, model.adapted.adapter] : [model]) {
        const hub = this.#store.hubModel(part.label);
        if (hub !== undefined) pins.push(`commit ${hub.commit}`);
        else {
          const { sha256, bytes } = await this.#pinOf(part);
          pins.push(`${bytes} bytes, sha256 ${sha256}, settings ${await settingsSum(part)}`);
        }
      }
      facts.set(`model ${name}`, pins.join(' + '));
    }
    return facts;
  }

  #pinOf(part: Checkpoint): Promise<ContentPin> {
    const pin = this.#pins.get(part) ?? contentPin(part, this.#extent, this.#signal);
    this.#pins.set(part, pin);
    return pin;
  }
}
