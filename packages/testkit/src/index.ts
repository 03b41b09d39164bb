export { type CompareMode, compareResults, expectSameResult } from './compare-results';
export { freePort } from './free-port';
export { startMariadb, type TestMariadb } from './mariadb';
