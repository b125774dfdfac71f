import { invoke } from '@tauri-apps/api/core';
import type { ApiError } from './types/ApiError';
import type { Request } from './types/Request';
import type { Response } from './types/Response';

/** Carries one request to the core and brings its answer back; rejects with an `ApiError`. */
export type Transport = (request: Request) => Promise<Response>;

/** What a request came to: the view that was asked for, or a refusal with its code. */
export type Outcome<T> = { ok: true; view: T } | { ok: false; error: ApiError };

type Is = Response['is'];

/** The view of the answer `is`. */
export type View<K extends Is> = Extract<Response, { is: K }>;

/** Sends a request and waits for the view named by `is`. Never rejects. */
export type Ask = <K extends Is>(request: Request, is: K) => Promise<Outcome<View<K>>>;

function isApiError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
}

const INTERNAL: ApiError = { code: 'internal' };

/** An `Ask` over a transport. An answer of another kind than the one asked for is an internal error. */
export function askOver(transport: Transport): Ask {
  return async <K extends Is>(request: Request, is: K): Promise<Outcome<View<K>>> => {
    try {
      const response = await transport(request);
      if (response.is !== is) return { ok: false, error: INTERNAL };
      return { ok: true, view: response as View<K> };
    } catch (error) {
      return { ok: false, error: isApiError(error) ? error : INTERNAL };
    }
  };
}

/** The one way to the core: the command of the window. */
export const ask: Ask = askOver((request) => invoke<Response>('dispatch', { request }));
