import { onDestroy } from 'svelte';
import { ask, type Outcome, type View } from '../ipc/dispatch';
import type { ErrorCode } from '../ipc/types/ErrorCode';
import type { Request } from '../ipc/types/Request';
import type { Response } from '../ipc/types/Response';
import { session } from './session.svelte';

/**
 * One view, read when its request changes and again whenever something was saved or came in. While it is read anew the old one stays on
 * the screen, so that nothing jumps and the focus stays where it is. Call while a component is made.
 */
export class Reading<K extends Response['is']> {
  view = $state.raw<View<K> | null>(null);
  error = $state<ErrorCode | null>(null);
  readonly #request: () => Request;
  readonly #is: K;
  #turn = 0;

  constructor(request: () => Request, is: K) {
    this.#request = request;
    this.#is = is;
    $effect(() => {
      void this.#read(this.#request());
    });
    const again = (): Promise<void> => this.#read(this.#request());
    session.addReader(again);
    onDestroy(() => {
      session.removeReader(again);
    });
  }

  async #read(request: Request): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const outcome: Outcome<View<K>> = await ask(request, this.#is);
    // A later request is on its way or was answered: this answer is of yesterday.
    if (turn !== this.#turn) return;
    this.error = outcome.ok ? null : outcome.error.code;
    if (outcome.ok) this.view = outcome.view;
  }
}
