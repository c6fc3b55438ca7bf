export interface AdapterInfo {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly type: 'hardware' | 'software';
  readonly description: string;
  readonly maxBufferBytes: number;
  readonly maxBindingBytes: number;
  readonly features: readonly string[];
}
export async function listAdapters(): Promise<AdapterInfo[]> {
  return [];
}
export async function noAdapterError(_n: string | undefined): Promise<Error> {
  return new Error('no adapter');
}
