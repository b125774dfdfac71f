import { SvelteMap } from 'svelte/reactivity';
import type { Ask } from '../ipc/dispatch';
import type { ErrorCode } from '../ipc/types/ErrorCode';

/** Where an answer belongs. */
export interface Target {
  visit: string;
  form: string;
  item: string;
  place: string | null;
  /** One value for all, set by `set-header`. */
  header: boolean;
}

/** What the person wants to stand there. */
export interface Wish {
  answer: string | null;
  evidence: string[];
  note: string | null;
}

export type SavingState = 'saving' | 'saved' | 'failed';

/** One item's way to the disk. */
export interface Saving {
  state: SavingState;
  /** Shown instead of what the core last answered; `null` once the core's own answer shows it. */
  wish: Wish | null;
  /** Why it failed. */
  error: ErrorCode | null;
  /** When the core confirmed it, by this device's clock. */
  savedAt: number | null;
}

const keyOf = (target: Target): string => JSON.stringify([target.visit, target.form, target.item, target.place]);

/**
 * Sends answers one after the other, the newest wish of each item only. What failed stays here and on the screen until it is sent again
 * or replaced: a refusal never takes away what somebody wrote.
 */
export class Saver {
  readonly #savings = new SvelteMap<string, Saving>();
  readonly #ask: Ask;
  readonly #now: () => number;
  #tail: Promise<void> = Promise.resolve();
  /** Reads the open screen again after a save; the wish stands on the screen until that is done. */
  afterSave: (target: Target) => Promise<void> = () => Promise.resolve();

  constructor(ask: Ask, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  of(target: Target): Saving | undefined {
    return this.#savings.get(keyOf(target));
  }

  save(target: Target, wish: Wish): void {
    this.#set(target, { state: 'saving', wish, error: null, savedAt: null });
    this.#tail = this.#tail.then(() => this.#send(target, wish));
  }

  /** Sends again what failed. */
  retry(target: Target): void {
    const wish = this.of(target)?.wish;
    if (wish) this.save(target, wish);
  }

  /** Resolves when everything that was asked to be saved has its outcome. */
  idle(): Promise<void> {
    return this.#tail;
  }

  /** How many answers are not on disk: being sent, or refused. */
  get unsaved(): number {
    return [...this.#savings.values()].filter((saving) => saving.state !== 'saved').length;
  }

  #set(target: Target, saving: Saving): void {
    this.#savings.set(keyOf(target), saving);
  }

  async #send(target: Target, wish: Wish): Promise<void> {
    // A newer wish for the same item is in the line behind this one.
    if (this.of(target)?.wish !== wish) return;
    const { header, ...at } = target;
    const outcome = header
      ? await this.#ask(
          { op: 'set-header', visit: at.visit, form: at.form, item: at.item, answer: wish.answer },
          'saved',
        )
      : await this.#ask({ op: 'answer', ...at, row: null, ...wish, observed_at: null }, 'saved');
    if (this.of(target)?.wish !== wish) return;
    if (!outcome.ok) {
      this.#set(target, { state: 'failed', wish, error: outcome.error.code, savedAt: null });
      return;
    }
    const savedAt = this.#now();
    this.#set(target, { state: 'saved', wish, error: null, savedAt });
    await this.afterSave(target);
    if (this.of(target)?.wish === wish) this.#set(target, { state: 'saved', wish: null, error: null, savedAt });
  }
}
