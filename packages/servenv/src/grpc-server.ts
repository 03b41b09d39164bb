import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { assert } from '@vitess-ts/base';
import { fileDescriptors } from '@vitess-ts/proto';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { HealthImplementation } from 'grpc-health-check';
import { defaultMaxMessageBytes, sharedChannelOptions } from './grpc-limits';
import { healthDescriptor } from './grpc-health-descriptor';
import { addReflection } from './grpc-reflection';
import { implementService, type Handlers, type UnexpectedErrorListener } from './grpc-service';
import type { Logger } from './log';

export interface GrpcServerOptions {
  /** Address to bind; all services are served there. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
  log: Logger;
  /** Most bytes of one message, in and out; 16 MiB when not given. */
  maxMessageBytes?: number;
  /** Plain text when not given. */
  credentials?: ServerCredentials;
}

/**
 * A gRPC server with health checking and reflection. Services are added before `start`; each is NOT_SERVING until
 * `setServing` says otherwise, as is the whole server (the empty name).
 */
export class GrpcServer {
  private readonly server: Server;
  private readonly services = new Set<string>();
  private readonly log: Logger;
  private health?: HealthImplementation;
  private readonly serving = new Map<string, boolean>([['', false]]);
  private boundPort?: number;

  constructor(private readonly options: GrpcServerOptions) {
    this.log = options.log;
    this.server = new Server(sharedChannelOptions(options.maxMessageBytes ?? defaultMaxMessageBytes));
  }

  /** Adds a service out of promise-style handlers; methods without one answer UNIMPLEMENTED. */
  handle<S extends ServiceDefinition>(definition: S, handlers: Handlers<S>): void {
    const onUnexpected: UnexpectedErrorListener = (path, error) =>
      this.log.error('unexpected error in an RPC', { path, error });
    this.addService(definition, implementService(definition, handlers, onUnexpected));
  }

  /** Adds a service with handlers of grpc-js's own form, where streams need more than `handle` gives. */
  addService(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    assert(this.boundPort === undefined, 'services are added before the server starts');
    const [first] = Object.values(definition);
    assert(first !== undefined, 'a service needs a method');
    const name = first.path.split('/')[1];
    this.services.add(name);
    this.serving.set(name, false);
    this.server.addService(definition, implementation);
  }

  /** Binds and listens; gives the port. Rejects with UNAVAILABLE when the address cannot be bound. */
  async start(): Promise<number> {
    const { host, port, credentials = ServerCredentials.createInsecure() } = this.options;
    const { HealthImplementation } = await import('grpc-health-check');
    this.health = new HealthImplementation();
    this.health.addToServer(this.server);
    for (const [name, on] of this.serving) this.health.setStatus(name, on ? 'SERVING' : 'NOT_SERVING');
    addReflection(
      this.server,
      () => [...fileDescriptors(), healthDescriptor()],
      () => [...this.services, 'grpc.health.v1.Health'],
    );
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.boundPort = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync(address, credentials, (error, bound) => {
        if (!error) return resolve(bound);
        reject(
          new VtError(Code.UNAVAILABLE, `cannot listen for gRPC on ${address}: ${error.message}`, {
            cause: error,
          }),
        );
      }),
    );
    this.log.info('gRPC server listens', { host, port: this.boundPort, services: [...this.services] });
    return this.boundPort;
  }

  get port(): number {
    assert(this.boundPort !== undefined, 'the gRPC server has not started');
    return this.boundPort;
  }

  /** What health checks answer for a service (full name), or for the whole server and all services. */
  setServing(on: boolean, service?: string): void {
    const names = service === undefined ? [...this.serving.keys()] : [service];
    for (const name of names) {
      assert(this.serving.has(name), `no such service: ${name}`);
      this.serving.set(name, on);
      this.health?.setStatus(name, on ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Takes no new calls, waits at most `graceMs` for those under way, then ends them. */
  async stop(graceMs: number): Promise<void> {
    this.setServing(false);
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        this.log.warn('gRPC calls are ended, for the grace period is over', { graceMs });
        this.server.forceShutdown();
        resolve();
      }, graceMs);
      this.server.tryShutdown((error) => {
        clearTimeout(force);
        if (error) this.server.forceShutdown();
        resolve();
      });
    });
  }
}
