import { Link } from 'wouter-preact';
import { get } from '../api';
import { Json, PageTitle, Problem } from '../components/basics';
import { useLoaded } from '../use-loaded';

interface Node {
  name: string;
  path: string;
  data: string;
  children: string[];
  version: string;
}

const encoded = (parts: readonly string[]): string => parts.map(encodeURIComponent).join('/');

/** Every path of the topology, with its records decoded. */
export function TopologyPage({ path }: { path: string }) {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const node = useLoaded(
    async () => (await get<{ cell: Node }>(`/api/topodata/${encoded(parts)}`)).cell,
    [path],
  );
  return (
    <>
      <PageTitle title={parts.at(-1) ?? 'Topology'} path="Topology" />
      <nav aria-label="Where this is">
        <p>
          <Link href="/topology">/</Link>
          {parts.map((part, i) => (
            <>
              {' '}
              <Link href={`/topology/${encoded(parts.slice(0, i + 1))}`}>{part}</Link> /
            </>
          ))}
        </p>
      </nav>
      <Problem text={node.error} />
      {node.value && <Contents node={node.value} parts={parts} />}
    </>
  );
}

function Contents({ node, parts }: { node: Node; parts: string[] }) {
  return (
    <>
      {node.children.length > 0 && (
        <ul aria-label="Below it">
          {node.children.map((child) => (
            <li>
              <Link href={`/topology/${encoded([...parts, child])}`}>{child}</Link>
            </li>
          ))}
        </ul>
      )}
      {node.data !== '' && (
        <>
          <p class="empty">Version {node.version}</p>
          <Json label="The record" value={node.data} />
        </>
      )}
      {node.children.length === 0 && node.data === '' && <p class="empty">There is nothing below it.</p>}
    </>
  );
}
