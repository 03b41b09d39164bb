/** A value that SET assigns: its bytes as text, and whether MySQL would write it without quotes. */
export interface AssignedValue {
  /** null is SQL NULL. */
  text: string | null;
  isNumber: boolean;
  /** The word DEFAULT. */
  isDefault: boolean;
}
