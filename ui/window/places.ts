import { join, resolve } from 'node:path';

/** Where things stand. The variables are those of `scripts/test.sh`. */
export const ROOT = resolve(import.meta.dirname, '../..');
export const TARGET = resolve(ROOT, process.env['CARGO_TARGET_DIR'] ?? 'target');
export const TABLET = join(TARGET, 'debug/senim-tablet');
export const SENIM = join(TARGET, 'debug/senim');
export const SERVER = resolve(ROOT, process.env['SENIM_SERVER_BIN'] ?? join(TARGET, 'server/debug/senim-server'));
export const TAURI_DRIVER = resolve(ROOT, process.env['SENIM_TAURI_DRIVER'] ?? join(TARGET, 'tools/bin/tauri-driver'));
/** Pictures of every screen on the way; not committed. */
export const PICTURES = resolve(ROOT, 'ui/test-results');
