/** Requests of checks, for tests. */
import type { HttpRequest } from '../checks.js';

/** What an HTTP monitor with nothing but defaults asks. */
export const HTTP_REQUEST: HttpRequest = {
  kind: 'http',
  tls: false,
  version: '1.1',
  method: 'GET',
  path: '/',
  host: null,
  expectedCodes: '200',
};

/** The same of an HTTPS monitor. */
export const HTTPS_REQUEST: HttpRequest = { ...HTTP_REQUEST, tls: true };
