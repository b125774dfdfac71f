import { askOver, type Ask } from '../src/ipc/dispatch';
import type { ApiError } from '../src/ipc/types/ApiError';
import type { ItemView } from '../src/ipc/types/ItemView';
import type { ObservationView } from '../src/ipc/types/ObservationView';
import type { Request } from '../src/ipc/types/Request';
import type { Response } from '../src/ipc/types/Response';

/** One request that waits for its answer. The tests play the core by hand: what the real one does is tested with the real window. */
export interface Waiting {
  request: Request;
  answer: (response: Response) => Promise<void>;
  refuse: (error: ApiError) => Promise<void>;
}

/** Lets everything that hangs on promises happen. */
export const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

/** A core that answers when told to; `asked` grows with every request. */
export function heldCore(): { ask: Ask; asked: Waiting[] } {
  const asked: Waiting[] = [];
  const ask = askOver(
    (request) =>
      new Promise((resolve, reject: (error: ApiError) => void) => {
        asked.push({
          request,
          answer: (response) => (resolve(response), settle()),
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the core's refusals are plain objects
          refuse: (error) => (reject(error), settle()),
        });
      }),
  );
  return { ask, asked };
}

export const SAVED: Response = { is: 'saved', seq: 1 };

export function observation(over: Partial<ObservationView>): ObservationView {
  return {
    observer: 'm2',
    observer_name: 'Болат',
    answer: 'yes',
    evidence: [],
    note: null,
    observed_at: null,
    recorded_at: 0,
    row: null,
    place: null,
    ...over,
  };
}

export function item(over: Partial<ItemView>): ItemView {
  return {
    item: 'f01_06',
    number: 'F01/6',
    label: { kk: 'Дәретхана бөлек', ru: 'Туалет отделён', en: 'The toilet is separated' },
    hint: null,
    input: 'answer',
    choices: [],
    required: false,
    norm: 'MR 15',
    sources: ['S1 ¶141'],
    limits: ['L18'],
    sensitivity: 'place',
    ask_evidence: false,
    urgent: false,
    header: false,
    mine: null,
    others: [],
    others_count: 0,
    values: [],
    calculated: null,
    fault: null,
    differs: false,
    ...over,
  };
}
