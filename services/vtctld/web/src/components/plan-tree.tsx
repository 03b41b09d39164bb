/** A primitive of a plan, as VEXPLAIN prints it. */
export interface Plan {
  OperatorType: string;
  Variant?: string;
  Keyspace?: { Name: string; Sharded: boolean };
  Query?: string;
  Inputs?: Plan[];
  [detail: string]: unknown;
}

const ownPlace = new Set(['OperatorType', 'Variant', 'Keyspace', 'Query', 'Inputs', 'FieldQuery']);

/** The primitives as a tree: each takes the rows of those below it. */
export const PlanTree = ({ plan }: { plan: Plan }) => (
  <ul class="tree plan" aria-label="The plan">
    <Node plan={plan} />
  </ul>
);

function Node({ plan }: { plan: Plan }) {
  const details = Object.entries(plan).filter(([name]) => !ownPlace.has(name));
  return (
    <li>
      <span class="operator">
        {plan.OperatorType}
        {plan.Variant && ` · ${plan.Variant}`}
      </span>
      {plan.Keyspace && ` on ${plan.Keyspace.Name}`}
      {details.length > 0 && (
        <div class="detail">{details.map(([name, value]) => `${name}: ${textOf(value)}`).join(' · ')}</div>
      )}
      {plan.Query && <code>{plan.Query}</code>}
      {plan.Inputs && (
        <ul>
          {plan.Inputs.map((input) => (
            <Node plan={input} />
          ))}
        </ul>
      )}
    </li>
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
