import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { describePrefixChange, findByPrefix } from '../../models/checkpoint/renaming/prefixes.ts';
import { isHead } from '../../models/checkpoint/names.ts';
import type { Models } from '../../models/models.ts';
import { expertForm, type Tensors, withExperts } from './experts.ts';
import { type ExpertsWanted, isMixtral, moveMixtral, withExpertsWanted } from './lead-experts.ts';
import { withLeadEndings } from './legacy-names.ts';
import { findRenaming, rename, type Renaming } from './rename.ts';

/** Models whose tensors are named and cut as the lead's are, and a line for each that was not. */
export interface AlignedModels {
  readonly models: Models;
  readonly notes: readonly string[];
}

/**
 * Brings models into the lead's form where they differ from it in form only: experts packed or one by one, and one prefix of
 * all names. Nothing is read or written for that: tensors become parts of others.
 * @param experts the form in which experts are written; by default the lead's own
 */
export function alignModels(models: Models, lead: Checkpoint, experts: ExpertsWanted | undefined): AlignedModels {
  const aligned = new Map<string, Checkpoint>();
  const notes: string[] = [];
  const wanted = experts === undefined ? lead : withExpertsWanted(lead, experts);
  for (const [name, model] of models) {
    if (model === lead) aligned.set(name, wanted);
    else aligned.set(name, { ...model, tensors: align(model, wanted, notes) });
  }
  return { models: aligned, notes };
}

function align(model: Checkpoint, lead: Checkpoint, notes: string[]): Tensors {
  let { tensors } = model;
  const [own, wanted] = [expertForm(tensors), expertForm(lead.tensors)];
  if (own !== undefined && wanted !== undefined && own !== wanted && (own === 'packed' || wanted === 'packed')) {
    tensors = withExperts(leadNames(tensors, lead.tensors), wanted);
    const how = wanted === 'packed' ? 'one by one, taken as packed' : 'packed, taken one by one';
    if (own === 'packed' || wanted === 'packed')
      notes.push(`${model.label}: its experts are ${how}, as in ${lead.label}`);
  }
  const { tensors: current, renamed } = withLeadEndings(tensors, lead.tensors);
  if (renamed !== undefined) {
    tensors = current;
    notes.push(`${model.label}: ${renamed.from} read as ${renamed.to} in ${renamed.count} names, as in ${lead.label}`);
  }
  const renaming = findRenaming(tensors, lead.tensors);
  if (renaming === undefined) return withSeveralPrefixes(model.label, tensors, lead, notes);
  notes.push(`${model.label}: ${describe(renaming)}, as in ${lead.label}`);
  return rename(tensors, renaming, lead.tensors);
}

/** The text model and the towers of a multimodal model may each have another prefix than in the lead. */
function withSeveralPrefixes(label: string, tensors: Tensors, lead: Checkpoint, notes: string[]): Tensors {
  const wanted = [...tensors].map(([name, { shape }]) => {
    return { name, fits: (other: CheckpointTensor): boolean => other.shape.join() === shape.join() };
  });
  const { places, changes } = findByPrefix(wanted, lead.tensors);
  if (changes.length === 0 || wanted.some(({ name }) => !places.has(name) && !isHead(name))) return tensors;
  notes.push(`${label}: ${changes.map(describePrefixChange).join(', ')}, as in ${lead.label}`);
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const own = places.get(name) ?? name;
      return [own, own === name ? tensor : { ...tensor, name: own }];
    }),
  );
}

/** Mixtral's layers are named by the form of their experts. */
function leadNames(tensors: Tensors, lead: Tensors): Tensors {
  for (const [from, to] of [['separate', 'packed'] as const, ['packed', 'separate'] as const]) {
    const moves = isMixtral(tensors, from) && !isMixtral(lead, from) && isMixtral(lead, to);
    if (moves) return moveMixtral(tensors, to);
  }
  return tensors;
}

function describe({ from, to, count }: Renaming): string {
  const [was, is] = [JSON.stringify(from), JSON.stringify(to)];
  if (to === '') return `${was} taken off ${count} names`;
  return from === '' ? `${is} put in front of ${count} names` : `${was} read as ${is} in ${count} names`;
}
