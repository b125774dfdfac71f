import type { Ask } from '../ipc/dispatch';
import type { ErrorCode } from '../ipc/types/ErrorCode';
import type { SyncStatusView } from '../ipc/types/SyncStatusView';

/** Pauses between two tries, milliseconds: short while all goes well, longer with each failure in a row. */
export const PAUSES = [4_000, 10_000, 30_000, 60_000] as const;

/** How long after the last key a text counts as being typed, milliseconds. */
export const TYPING = 3_000;

/** What the loop needs to know of the window; a test gives its own. */
export interface Surroundings {
  ask: Ask;
  now: () => number;
  /** The window can be seen. */
  visible: () => boolean;
  /** When a key was last pressed in a text field. */
  lastTyped: () => number;
  /** Called when something of the colleagues came in: the open screen is read again. */
  onNews: () => Promise<void>;
}

/**
 * The quiet exchange with the server: now and then while the window is seen and nobody is typing, or at once when asked for.
 * Never two at a time.
 */
export class SyncLoop {
  running = $state(false);
  status = $state<SyncStatusView | null>(null);
  /** Why the last try from here failed; `null` after one that did not. */
  error = $state<ErrorCode | null>(null);
  /** How many times something of colleagues came in since the unlock. */
  arrivals = $state(0);
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #active = false;
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#plan(0);
  }

  stop(): void {
    this.#active = false;
    clearTimeout(this.#timer);
  }

  /** Reads where everything is, without the network. */
  async readStatus(): Promise<void> {
    const outcome = await this.#around.ask({ op: 'sync-status' }, 'sync-status');
    if (outcome.ok) this.status = outcome.view;
  }

  /** One exchange. While one is running this does nothing. */
  async syncNow(): Promise<void> {
    if (this.running) return;
    this.running = true;
    const outcome = await this.#around.ask({ op: 'sync' }, 'synced');
    await this.readStatus();
    this.running = false;
    this.error = outcome.ok ? null : outcome.error.code;
    this.#failures = outcome.ok ? 0 : this.#failures + 1;
    if (outcome.ok && outcome.view.applied > 0) {
      this.arrivals += 1;
      await this.#around.onNews();
    }
  }

  #pause(): number {
    return PAUSES[Math.min(this.#failures, PAUSES.length - 1)] ?? PAUSES[0];
  }

  #plan(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#turn(), after);
  }

  async #turn(): Promise<void> {
    const typing = this.#around.now() - this.#around.lastTyped() < TYPING;
    if (this.#around.visible() && !typing) await this.syncNow();
    if (this.#active) this.#plan(this.#pause());
  }
}
