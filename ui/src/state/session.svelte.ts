import { ask } from '../ipc/dispatch';
import type { ErrorCode } from '../ipc/types/ErrorCode';
import type { OrganisationView } from '../ipc/types/OrganisationView';
import type { StatusView } from '../ipc/types/StatusView';
import { Saver } from './saver.svelte';
import { settings } from './settings.svelte';
import { SyncLoop } from './sync-loop.svelte';

/** Where the person is. The screens before the unlock follow from the status alone. */
export type Screen =
  | { at: 'visits' }
  | { at: 'new-visit' }
  | { at: 'visit'; visit: string }
  | { at: 'section'; visit: string; form: string; section: string }
  | { at: 'open-values'; visit: string }
  | { at: 'differences'; visit: string }
  | { at: 'sync' }
  | { at: 'organisation' };

/** The screen one step out; `null` at the outermost. */
export function outOf(screen: Screen): Screen | null {
  switch (screen.at) {
    case 'visits':
      return null;
    case 'section':
    case 'open-values':
    case 'differences':
      return { at: 'visit', visit: screen.visit };
    case 'new-visit':
    case 'visit':
    case 'sync':
    case 'organisation':
      return { at: 'visits' };
  }
}

class Session {
  status = $state<StatusView | null>(null);
  organisation = $state<OrganisationView | null>(null);
  /** Why the state of the vault could not be read. */
  error = $state<ErrorCode | null>(null);
  screen = $state<Screen>({ at: 'visits' });
  /** The place chosen last, by visit: kept from section to section. */
  places = $state<Record<string, string | null>>({});
  /** Said once by a screen reader and shown nowhere else. */
  announcement = $state('');
  readonly saver = new Saver(ask, Date.now);
  readonly sync: SyncLoop;
  #lastTyped = 0;
  readonly #readers = new Set<() => Promise<void>>();

  constructor() {
    this.sync = new SyncLoop({
      ask,
      now: Date.now,
      visible: () => document.visibilityState === 'visible',
      lastTyped: () => this.#lastTyped,
      onNews: () => this.readScreen(),
    });
    this.saver.afterSave = async () => {
      await Promise.all([this.readScreen(), this.sync.readStatus()]);
    };
  }

  /** A part of the open screen says how it is read again. */
  addReader(read: () => Promise<void>): void {
    this.#readers.add(read);
  }

  removeReader(read: () => Promise<void>): void {
    this.#readers.delete(read);
  }

  /** Reads again what the screen shows. */
  async readScreen(): Promise<void> {
    await Promise.all([...this.#readers].map((read) => read()));
  }

  typed(): void {
    this.#lastTyped = Date.now();
  }

  /** A screen within reach from here. */
  go(screen: Screen): void {
    this.screen = screen;
  }

  /** Reads the state of the vault and, once it is open, the organisation; then the exchange starts. */
  async refresh(): Promise<void> {
    const outcome = await ask({ op: 'status' }, 'status');
    if (!outcome.ok) {
      this.error = outcome.error.code;
      return;
    }
    this.error = null;
    if (outcome.view.unlocked && outcome.view.joined) await this.readOrganisation();
    this.status = outcome.view;
  }

  async readOrganisation(): Promise<void> {
    const outcome = await ask({ op: 'organisation' }, 'organisation');
    if (!outcome.ok) {
      this.error = outcome.error.code;
      return;
    }
    this.organisation = outcome.view;
    await this.sync.readStatus();
    if (outcome.view.origin !== null) this.sync.start();
  }

  /** Closes the vault. Everything decrypted leaves with the page: it is loaded anew. */
  async lock(): Promise<void> {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.sync.stop();
    // What is being saved gets its moment; a core that does not answer must not keep the tablet open.
    await Promise.race([this.saver.idle(), new Promise((done) => setTimeout(done, 2_000))]);
    await ask({ op: 'lock' }, 'status');
    location.hash = settings.fragment();
    location.reload();
  }
}

export const session = new Session();
