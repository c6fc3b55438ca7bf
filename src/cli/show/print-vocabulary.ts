import type { VocabularyDifference, VocabularyFacts } from '../../models/open/vocabulary-facts.ts';

/** "vocabulary: 143 rows, 138 tokens (6 added), chat template" */
export function vocabularyLine({ rows, tokens, added, chatTemplate }: VocabularyFacts): string {
  const template = chatTemplate === undefined ? 'no chat template' : 'chat template';
  const embedding = rows === undefined ? '' : `${rows} rows, `;
  return `vocabulary: ${embedding}${tokens} tokens (${added} added), ${template}`;
}

/** How vocabularies differ, as one line; undefined where they are the same. */
export function vocabularyDifferenceLine({
  common,
  onlyA,
  onlyB,
  moved,
  sameTemplate,
}: VocabularyDifference): string | undefined {
  const parts = [
    ...(onlyA + onlyB === 0
      ? []
      : [`${onlyA} tokens only in the first, ${onlyB} only in the second, ${common} in both`]),
    ...(moved === 0 ? [] : [`${moved} with different ids`]),
    ...(sameTemplate ? [] : ['different chat templates']),
  ];
  return parts.length === 0 ? undefined : `vocabularies: ${parts.join('; ')}`;
}
