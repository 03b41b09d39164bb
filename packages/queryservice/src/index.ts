export * from './query-service';
