import { TabletType } from './gen/topodata';
import { InvalidProtoValue } from './invalid-proto-value';
import { parseTabletType, tabletTypeLowerName, tabletTypeName } from './tablet-type';

describe('tablet types', () => {
  it('are named by their present names, not their aliases', () => {
    expect(tabletTypeName(TabletType.MASTER)).toBe('PRIMARY');
    expect(tabletTypeName(TabletType.BATCH)).toBe('RDONLY');
    expect(tabletTypeName(TabletType.REPLICA)).toBe('REPLICA');
    expect(tabletTypeLowerName(TabletType.PRIMARY)).toBe('primary');
  });

  it('of a later version are named by number', () => {
    expect(tabletTypeName(77 as TabletType)).toBe('77');
  });

  it('are read in either case and by old names', () => {
    expect(parseTabletType('master')).toBe(TabletType.PRIMARY);
    expect(parseTabletType('Primary')).toBe(TabletType.PRIMARY);
    expect(parseTabletType('BATCH')).toBe(TabletType.RDONLY);
    expect(parseTabletType('rdonly')).toBe(TabletType.RDONLY);
  });

  it('survive the way through their names', () => {
    const all = Object.values(TabletType).filter((v): v is TabletType => typeof v === 'number' && v >= 0);
    for (const type of all) expect(parseTabletType(tabletTypeName(type))).toBe(type);
  });

  it.each(['', 'leader', '1', 'UNRECOGNIZED', 'toString'])('refuse %p', (text) => {
    expect(() => parseTabletType(text)).toThrow(InvalidProtoValue);
  });
});
