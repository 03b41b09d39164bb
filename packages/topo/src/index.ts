export * from './conn';
export {
  badVersion,
  isBadVersion,
  isNodeExists,
  isNoNode,
  lockLost,
  nodeExists,
  noNode,
  notEmpty,
} from './errors';
export { MemoryTopo } from './memory';
export { FileTopo } from './file';
