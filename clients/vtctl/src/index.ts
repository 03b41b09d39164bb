export { vtctldOrInternal } from './internal-server';
