import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { fileDescriptors } from './descriptor-image';

describe('fileDescriptors', () => {
  const files = fileDescriptors().map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));

  it('holds every contract, each after its imports', () => {
    const seen = new Set<string>();
    for (const file of files) {
      for (const dependency of file.dependency) expect([...seen]).toContain(dependency);
      seen.add(file.name);
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['vtrpc.proto', 'vtgateservice.proto', 'vtworkerservice.proto']),
    );
  });

  it('holds services with their methods', () => {
    const service = files.find((file) => file.name === 'vtgateservice.proto')?.service[0];
    expect(service?.name).toBe('Vitess');
    expect(service?.method.map((method) => method.name)).toContain('StreamExecute');
  });
});
