import { newSession } from '../session/session';
import { SessionTracker } from './session-tracker';

describe('changes of a session', () => {
  test('are told once: schema, autocommit, character sets, time zone', () => {
    const session = newSession();
    const tracker = new SessionTracker(session);
    expect(tracker.take(session)).toEqual([]);
    session.target = { ...session.target, keyspace: 'shop' };
    session.autocommit = false;
    expect(tracker.take(session)).toEqual([
      { kind: 'variable', name: 'autocommit', value: 'OFF' },
      { kind: 'schema', name: 'shop' },
    ]);
    expect(tracker.take(session)).toEqual([]);
    session.systemVariables.set('time_zone', "'+02:00'");
    session.gateVariables.set('character_set_results', 'latin1');
    expect(tracker.take(session)).toEqual([
      { kind: 'variable', name: 'character_set_results', value: 'latin1' },
      { kind: 'variable', name: 'time_zone', value: '+02:00' },
    ]);
  });
});
