import { onDestroy } from 'svelte';

/** Quiet after the last key before a text is saved by itself, milliseconds. */
export const PAUSE = 800;

/**
 * A text being typed. It is the field's own until it is saved: an answer of the core that arrives meanwhile does not touch it. Saved after
 * a pause, when the field is left, and when the screen goes.
 */
export class Draft {
  text = $state('');
  #dirty = $state(false);
  #focused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #save: (text: string) => void;

  /** `stored` is what the core or the saver holds. */
  constructor(stored: () => string, save: (text: string) => void) {
    this.#save = save;
    $effect.pre(() => {
      const text = stored();
      if (!this.#dirty && !this.#focused) this.text = text;
    });
    onDestroy(() => {
      this.flush();
    });
  }

  typed(text: string): void {
    this.text = text;
    this.#dirty = true;
    this.#focused = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.flush();
    }, PAUSE);
  }

  left(): void {
    this.#focused = false;
    this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#save(this.text);
  }
}
