import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';

/** The models with another text of the lead model's config.json. */
export function withConfig(models: Models, lead: Checkpoint, edit: (text: string) => string): Models {
  return new Map(
    [...models].map(([name, model]) => {
      const own = model.label === lead.label && model.config !== undefined;
      return [name, own ? { ...model, config: edit(model.config) } : model];
    }),
  );
}
