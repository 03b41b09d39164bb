import { get } from 'node:http';

/** What a service publishes at /debug/vars. */
export function publishedVariables(address: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const url = address.startsWith('http') ? address : `http://${address}`;
    get(`${url}/debug/vars`, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
        } catch (error) {
          reject(error as Error);
        }
      });
    }).on('error', reject);
  });
}
