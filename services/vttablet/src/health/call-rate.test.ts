import { FakeClock } from '@vitess-ts/base';
import { CallRate } from './call-rate';

test('the rate is the mean of the last ten seconds', async () => {
  const clock = new FakeClock();
  let count = 7;
  const rate = new CallRate(() => count, clock);
  expect(rate.perSecond()).toBe(0);
  for (let second = 1; second <= 10; second++) {
    await clock.advance(1000);
    count += 50;
    expect(rate.perSecond()).toBe(50);
  }
  for (let second = 1; second <= 9; second++) {
    await clock.advance(1000);
    expect(rate.perSecond()).toBe(5 * (10 - second));
  }
  await clock.advance(1000);
  expect(rate.perSecond()).toBe(0);
});

test('calls in quick succession do not make it forget', async () => {
  const clock = new FakeClock();
  let count = 0;
  const rate = new CallRate(() => count, clock);
  for (let i = 0; i < 400; i++) {
    await clock.advance(10);
    count++;
    rate.perSecond();
  }
  expect(rate.perSecond()).toBe(100);
});
