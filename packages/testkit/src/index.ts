export { type CompareMode, compareResults, expectSameResult } from './compare-results';
export { startMariadb, type TestMariadb } from './mariadb';
