import { extractTraceparentFromComment } from './sql-comment';
import { formatTraceparent, parseTraceparent } from './traceparent';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const header = `00-${traceId}-${spanId}-01`;
const context = { traceId, spanId, sampled: true };

test('traceparent goes both ways', () => {
  expect(parseTraceparent(header)).toEqual(context);
  expect(formatTraceparent(context)).toBe(header);
  expect(parseTraceparent(`00-${traceId}-${spanId}-02`)?.sampled).toBe(false);
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-later`)).toEqual(context);
});

test.each([
  '',
  'x',
  `ff-${traceId}-${spanId}-01`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
])('%j is no traceparent', (value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

test.each([
  [`select 1 /*traceparent='${header}'*/`],
  [`  /*traceparent='${header}'*/ select 1`],
  [`select 1 /*action='index',traceparent='${header}',db_driver='x'*/ ; `],
  [`select 1 /*traceparent='${header}'*/ /* other */`],
  [`/*VT_SPAN_CONTEXT=${base64({ traceparent: header })}*/ select 1`],
  [`/*VT_SPAN_CONTEXT=${base64({ 'uber-trace-id': `${traceId}:f067aa0ba902b7:0:1` })}*/ select 1`],
])('finds the trace of %s', (sql) => {
  expect(extractTraceparentFromComment(sql)).toEqual(context);
});

test.each([
  ['select 1'],
  [`select '/*traceparent=''${header}''*/'`],
  [`select /*traceparent='${header}'*/ 1 from t where a = '*/'`],
  ['/*VT_SPAN_CONTEXT=bm90IGpzb24=*/ select 1'],
  ['/*VT_SPAN_CONTEXT=*/ select 1'],
  ["select 1 /*traceparent='00-zz'*/"],
  ['*/'],
  ['/*/'],
  ['/**/'],
  ['/* unfinished'],
  [`/*${' '.repeat(5000)}traceparent='${header}'*/ select 1`],
])('finds none in %s', (sql) => {
  expect(extractTraceparentFromComment(sql)).toBeUndefined();
});
