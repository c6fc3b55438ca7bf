/**
 * Order of the rows of a query or key projection. transformers rotates the halves of a head against each other, llama.cpp
 * its even rows against its odd ones, so that row j of half s there is row 2j + s here.
 * @param direction which order is wanted: 'transformers' of rows stored in GGUF's, or 'gguf' of rows stored in transformers'
 * @returns for each row wanted, the row that is stored
 */
export function storedRows(rows: number, heads: number, direction: 'transformers' | 'gguf'): number[] {
  const size = rows / heads;
  return Array.from({ length: rows }, (_, row) => {
    const inHead = row % size;
    const [from, half] = [row - inHead, size / 2];
    if (direction === 'transformers') return from + 2 * (inHead % half) + Math.floor(inHead / half);
    return from + half * (inHead % 2) + Math.floor(inHead / 2);
  });
}
