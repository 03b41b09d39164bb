import { runTopo2topo } from './topo2topo';

const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};
void runTopo2topo(process.argv.slice(2), output).then((code) => {
  process.exitCode = code;
});
