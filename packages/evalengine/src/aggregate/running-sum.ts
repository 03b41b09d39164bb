import { Code, VtError } from '@vitess-ts/vterrors';
import type { Value } from '@vitess-ts/sqltypes';
import { addDecimals, checkDecimal, decimalOf, parseDecimal } from '../decimal';
import type { Decimal } from '../decimal';
import { parseDouble } from '../double';

/** Integers of up to 15 digits are summed as numbers as long as the sum is exact too. */
const smallDigits = 15;
const exactSum = 2 ** 52;

/** An exact sum of integers and decimals in text form; NULLs are skipped. */
export class DecimalSum {
  private small = 0;
  private large: Decimal = decimalOf(0n);
  private any = false;

  add(value: Value): void {
    if (value === null) return;
    this.any = true;
    const text = value.toString('latin1');
    if (text.length <= smallDigits && /^-?\d+$/.test(text)) {
      this.small += Number(text);
      if (this.small > exactSum || this.small < -exactSum) this.flush();
      return;
    }
    const decimal = parseDecimal(text);
    if (!decimal) throw notNumber(text);
    this.large = addDecimals(this.large, decimal);
  }

  /** The sum, or null when only NULLs were added. Throws OUT_OF_RANGE when a DECIMAL cannot hold it. */
  sum(): Decimal | null {
    this.flush();
    return this.any ? checkDecimal(this.large) : null;
  }

  private flush(): void {
    if (this.small !== 0) this.large = addDecimals(this.large, decimalOf(BigInt(this.small)));
    this.small = 0;
  }
}

/** A sum of doubles in text form; NULLs are skipped. */
export class DoubleSum {
  private total = 0;
  private any = false;

  add(value: Value): void {
    if (value === null) return;
    this.any = true;
    const text = value.toString('latin1');
    const number = parseDouble(text);
    if (number === undefined) throw notNumber(text);
    this.total += number;
  }

  /** Throws OUT_OF_RANGE (errno 1690) for an infinite sum. */
  sum(): number | null {
    if (!this.any) return null;
    if (!Number.isFinite(this.total)) {
      throw new VtError(Code.OUT_OF_RANGE, "DOUBLE value is out of range in 'sum'", {
        errno: 1690,
        sqlstate: '22003',
      });
    }
    return this.total;
  }
}

function notNumber(text: string): VtError {
  return new VtError(Code.INTERNAL, `"${text.slice(0, 64)}" is no number, but its column's type says so`);
}
