import type { ModelFacts } from '../../models/hub/model-facts.ts';

/** An input of a merge, for the question of licences. */
export interface LicensedInput {
  readonly name: string;
  readonly facts: ModelFacts;
}

/** What a merge's card may say of its licence. */
export interface LicenseFinding {
  /** Front matter fields; empty where none is claimed. */
  readonly claim: Readonly<Record<string, string>>;
  /** Why none is claimed, for the user; undefined where one is, and where nothing is known of any input. */
  readonly warning: string | undefined;
}

/** "cc-by-nc-4.0", "other (llama3)", "unknown". */
export function licenseLabel({ license, licenseName }: ModelFacts): string {
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
