import type { MethodDefinition, Server, ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import { once } from '@vitess-ts/base';
import { toServiceError } from '@vitess-ts/vterrors';

/** One version of the reflection service as the library adds it to a server. */
interface Version {
  method: MethodDefinition<unknown, unknown>;
  handler: (stream: ReplyStream) => void;
}

/** The part of a stream that the library's handler uses. */
interface ReplyStream {
  on(event: string, listener: (message?: unknown) => void): void;
  write(message: unknown): void;
  end(): void;
}

const versions = ['v1', 'v1alpha'] as const;
const pathOf = (version: string): string =>
  `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;

/**
 * Adds server reflection, v1 and v1alpha, to a server. The library and the descriptors are loaded by the first client
 * that asks: most servers never see one.
 *
 * @param descriptors gives serialised `FileDescriptorProto`s of all files in question.
 * @param services gives the full names of the services to list.
 */
export function addReflection(
  server: Pick<Server, 'addService'>,
  descriptors: () => Buffer[],
  services: () => string[],
): void {
  const load = once(async () => {
    const { ReflectionService } = await import('@grpc/reflection');
    const loaded = new Map<string, Version>();
    const fileDescriptorProtos = descriptors();
    const capture: Pick<Server, 'addService'> = {
      addService(definition, implementation) {
        for (const [name, method] of Object.entries(definition)) {
          loaded.set(method.path, {
            method: method as Version['method'],
            handler: implementation[name] as unknown as Version['handler'],
          });
        }
      },
    };
    // Of a package definition the library reads the descriptors alone.
    const root = { all: { format: '', type: {}, fileDescriptorProtos } };
    type Root = ConstructorParameters<typeof ReflectionService>[0];
    new ReflectionService(root as unknown as Root, { services: services() }).addToServer(capture);
    return loaded;
  });
  for (const version of versions) {
    server.addService(rawBidi(pathOf(version)), {
      serverReflectionInfo: (call: ServerDuplexStream<Buffer, Buffer>) => serve(call, pathOf(version), load),
    });
  }
}

function serve(
  call: ServerDuplexStream<Buffer, Buffer>,
  path: string,
  load: () => Promise<Map<string, Version>>,
): void {
  load().then(
    (loaded) => {
      const version = loaded.get(path) as Version;
      version.handler({
        on: (event, listener) =>
          call.on(event, (bytes?: Buffer) => {
            try {
              listener(event === 'data' ? version.method.requestDeserialize(bytes as Buffer) : undefined);
            } catch (error) {
              call.emit('error', toServiceError(error));
            }
          }),
        write: (message) => void call.write(version.method.responseSerialize(message)),
        end: () => call.end(),
      });
    },
    (error: unknown) => call.emit('error', toServiceError(error)),
  );
}

/** A definition that leaves messages as they are. */
function rawBidi(path: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    serverReflectionInfo: {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}
