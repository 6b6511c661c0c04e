/** Runs HAProxy: `ProxyEngine` is all of it that others use. */
export { type Applied, type EngineOptions, ProxyEngine, type ProxyEvent, type ProxyLog } from './engine.js';
export { LocalRoutes } from './routes.js';
