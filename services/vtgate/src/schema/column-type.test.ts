import { columnTypeDetails } from './column-type';

describe('columnTypeDetails', () => {
  it.each([
    ['bigint(20) unsigned', { size: 20, scale: 0, values: [] }],
    ['varchar(255)', { size: 255, scale: 0, values: [] }],
    ['decimal(10,2)', { size: 10, scale: 2, values: [] }],
    ['datetime(6)', { size: 6, scale: 0, values: [] }],
    ['text', { size: 0, scale: 0, values: [] }],
    ["enum('a','it''s','b,(c)','')", { size: 0, scale: 0, values: ['a', "it's", 'b,(c)', ''] }],
    ["set('x')", { size: 0, scale: 0, values: ['x'] }],
  ])('reads %s', (text, details) => {
    expect(columnTypeDetails(text)).toEqual(details);
  });
});
