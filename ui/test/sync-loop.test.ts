import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Request } from '../src/ipc/types/Request';
import type { Response } from '../src/ipc/types/Response';
import { askOver } from '../src/ipc/dispatch';
import { PAUSES, SyncLoop, TYPING } from '../src/state/sync-loop.svelte';

const STATUS: Response = {
  is: 'sync-status',
  unsealed: 0,
  unsent: 0,
  last_sync: 1,
  last_error: null,
  waiting: 0,
  refused: 0,
};
const synced = (applied: number): Response => ({
  is: 'synced',
  exchanges: 1,
  bytes_up: 0,
  bytes_down: 0,
  sent: 0,
  received: applied,
  applied,
  waiting: 0,
  refused: 0,
});

let now = 0;
let visible = true;
let lastTyped = -TYPING;
let reached = true;
let applied = 0;
let news = 0;
let ops: string[] = [];
let loop: SyncLoop;

const transport = (request: Request): Promise<Response> => {
  ops.push(request.op);
  if (request.op === 'sync-status') return Promise.resolve(STATUS);
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the core's refusals are plain objects
  return reached ? Promise.resolve(synced(applied)) : Promise.reject({ code: 'server-unreachable' });
};
const syncs = (): number => ops.filter((op) => op === 'sync').length;

beforeEach(() => {
  vi.useFakeTimers();
  [now, visible, lastTyped, reached, applied, news, ops] = [100_000, true, 0, true, 0, 0, []];
  const onNews = (): Promise<void> => ((news += 1), Promise.resolve());
  loop = new SyncLoop({
    ask: askOver(transport),
    now: () => now,
    visible: () => visible,
    lastTyped: () => lastTyped,
    onNews,
  });
});
afterEach(() => {
  loop.stop();
  vi.useRealTimers();
});

describe('the quiet exchange', () => {
  it('runs at once and again after each pause', async () => {
    loop.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(syncs()).toBe(1);
    await vi.advanceTimersByTimeAsync(PAUSES[0]);
    expect(syncs()).toBe(2);
    loop.stop();
    await vi.advanceTimersByTimeAsync(10 * PAUSES[3]);
    expect(syncs()).toBe(2);
  });

  it('waits while nobody sees the window and while somebody types', async () => {
    visible = false;
    loop.start();
    await vi.advanceTimersByTimeAsync(PAUSES[0] * 3);
    expect(syncs()).toBe(0);
    visible = true;
    lastTyped = now - TYPING + 1;
    await vi.advanceTimersByTimeAsync(PAUSES[0]);
    expect(syncs()).toBe(0);
    now += TYPING;
    await vi.advanceTimersByTimeAsync(PAUSES[0]);
    expect(syncs()).toBe(1);
  });

  it('has the screen read again when something of colleagues came, and only then', async () => {
    await loop.syncNow();
    expect(news).toBe(0);
    applied = 2;
    await loop.syncNow();
    expect(news).toBe(1);
    expect(loop.arrivals).toBe(1);
  });

  it('pauses longer after each failure and says why', async () => {
    reached = false;
    loop.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(loop.error).toBe('server-unreachable');
    await vi.advanceTimersByTimeAsync(PAUSES[0]);
    expect(syncs()).toBe(1);
    await vi.advanceTimersByTimeAsync(PAUSES[1]);
    expect(syncs()).toBe(2);
    reached = true;
    await vi.advanceTimersByTimeAsync(PAUSES[2]);
    expect(loop.error).toBeNull();
    const before = syncs();
    await vi.advanceTimersByTimeAsync(PAUSES[0]);
    expect(syncs()).toBe(before + 1);
  });

  it('never runs twice at a time', async () => {
    const both = Promise.all([loop.syncNow(), loop.syncNow()]);
    await vi.advanceTimersByTimeAsync(1);
    await both;
    expect(syncs()).toBe(1);
  });
});
