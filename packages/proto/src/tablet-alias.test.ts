import { InvalidProtoValue } from './invalid-proto-value';
import { parseTabletAlias, tabletAliasEquals, tabletAliasString } from './tablet-alias';

describe('tablet aliases', () => {
  it('are written with ten digits', () => {
    expect(tabletAliasString({ cell: 'zone1', uid: 100 })).toBe('zone1-0000000100');
    expect(tabletAliasString({ cell: 'z', uid: 0xffffffff })).toBe('z-4294967295');
    expect(tabletAliasString(undefined)).toBe('');
  });

  it('are read back, with dashes in the cell and with fewer digits', () => {
    expect(parseTabletAlias('zone1-0000000100')).toEqual({ cell: 'zone1', uid: 100 });
    expect(parseTabletAlias('us-east-1a-100')).toEqual({ cell: 'us-east-1a', uid: 100 });
  });

  it.each(['', 'zone1', 'zone1-', '-100', 'zone1-x', 'zone1-4294967296', 'zone 1-100', 'zone1-100\n'])(
    'refuse %p',
    (text) => {
      expect(() => parseTabletAlias(text)).toThrow(InvalidProtoValue);
    },
  );

  it('compare by cell and uid', () => {
    expect(tabletAliasEquals({ cell: 'a', uid: 1 }, { cell: 'a', uid: 1 })).toBe(true);
    expect(tabletAliasEquals({ cell: 'a', uid: 1 }, { cell: 'b', uid: 1 })).toBe(false);
    expect(tabletAliasEquals({ cell: 'a', uid: 1 }, undefined)).toBe(false);
    expect(tabletAliasEquals(undefined, undefined)).toBe(true);
  });
});
