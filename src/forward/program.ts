import type { Activation } from '../matrix/ops.ts';

/** How a forward pass runs, as plain data: it says nothing of devices, and a device nothing of architectures. */
export interface Program {
  /** For messages and cards: "llama". */
  readonly architecture: string;
  readonly kind: 'decoder' | 'encoder' | 'reranker';
  /** Rows of the token embedding. */
  readonly vocabulary: number;
  /** The longest sequence that the model was made for, in tokens. */
  readonly maxTokens: number;
  /** Whether tokens of a pair's second text are told apart by their type. */
  readonly segments: boolean;
  readonly slots: Readonly<Record<string, Slot>>;
  /** In order. Each names the weights that must be there at once. */
  readonly stages: readonly Stage[];
  /**
   * The slot that holds the result: three f32 a token that is predicted (see `loss`), the embedding of a sequence, or its
   * score.
   */
  readonly result: string;
}

/** Activations: f32, one row a token of all sequences, or one a row that was picked. */
export interface Slot {
  /** Elements of a row. */
  readonly width: number;
  readonly rows: 'tokens' | 'picked';
  /** Lives from stage to stage; others only within one, and for one batch of sequences. */
  readonly kept: boolean;
}

export interface Stage {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A tensor of the checkpoint, and the shape that it must have. */
export interface Weight {
  readonly tensor: string;
  readonly shape: readonly number[];
}

/** Rows [begin, end) of a matrix that is stored row by row, one row an output; undefined: all. */
export interface Matrix extends Weight {
  readonly rows?: readonly [begin: number, end: number];
}

/** Rotary position embedding of the first `rotary` elements of a head: pair i turns by position · frequencies[i]. */
export interface Rope {
  readonly frequencies: readonly number[];
  /** Factor of cosine and sine. */
  readonly scale: number;
}

export type EmbedIndex = 'token' | 'position' | 'type';

export interface EmbedStep {
  readonly do: 'embed';
  readonly out: string;
  readonly table: Weight;
  /** What numbers the table's rows. */
  readonly index: EmbedIndex;
  /** Row of index 0. */
  readonly offset: number;
  readonly scale: number;
  /** Adds to what is in `out`. */
  readonly add: boolean;
}

export interface NormStep {
  readonly do: 'norm';
  readonly norm: 'rms' | 'layer';
  readonly in: string;
  readonly out: string;
  /** Its length divides the slot's width: each part of a row is a row of its own (norms of heads). */
  readonly weight: Weight;
  readonly bias: Weight | undefined;
  readonly epsilon: number;
  /** Added to the weight. */
  readonly unit: 0 | 1;
}

export interface LinearStep {
  readonly do: 'linear';
  readonly in: string;
  readonly out: string;
  readonly weight: Matrix;
  readonly bias: Weight | undefined;
  /** Adds to what is in `out`. */
  readonly add: boolean;
}

export interface RotateStep {
  readonly do: 'rotate';
  readonly slot: string;
  readonly heads: number;
  readonly rope: Rope;
}

export interface AttendStep {
  readonly do: 'attend';
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly out: string;
  readonly heads: number;
  /** heads / keyValueHeads neighbouring heads share keys and values. */
  readonly keyValueHeads: number;
  readonly scale: number;
  /** Scores s become cap · tanh(s / cap). */
  readonly softCap: number | undefined;
  readonly causal: boolean;
  /** Tokens that one sees, itself counted. */
  readonly window: number | undefined;
}

export interface ActivateStep {
  readonly do: 'activate';
  readonly slot: string;
  readonly activation: Activation;
  /** Slot that multiplies the result. */
  readonly times: string | undefined;
}

export interface AddStep {
  readonly do: 'add';
  readonly into: string;
  readonly from: string;
}

/** Takes the rows that matter on: a decoder's that predict a token, an encoder's first. */
export interface PickStep {
  readonly do: 'pick';
  readonly in: string;
  readonly out: string;
}

/**
 * Takes some columns of the logits into the state of the loss: the largest logit so far, the sum of e^(logit - largest),
 * the target's logit. The loss is largest + ln(sum) - target's.
 */
export interface LossStep {
  readonly do: 'loss';
  readonly logits: string;
  readonly state: string;
  /** Number of the first column among the vocabulary, and how many columns there are. */
  readonly first: number;
  readonly columns: number;
  readonly softCap: number | undefined;
}

export type Step =
  | EmbedStep
  | NormStep
  | LinearStep
  | RotateStep
  | AttendStep
  | ActivateStep
  | AddStep
  | PickStep
  | LossStep;
