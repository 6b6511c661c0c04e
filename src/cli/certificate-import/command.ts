/** sluice certificate import */
import { buffer } from 'node:stream/consumers';
import type { Command, Option } from 'commander';
import { readBytes } from '../../config/files.js';
import { SluiceError } from '../../model/errors.js';
import { CERTIFICATE_TYPES, type CertificateType } from '../../model/state.js';
import type { Cli } from '../cli.js';
import { CompletableArgument, CompletableOption, fileOption } from '../completion/candidates.js';
import { CERTIFICATE } from '../resources/certificates.js';
import type { Json } from '../resources/resource.js';
import { readChoice } from '../resources/values.js';
import { askSecret } from '../secret.js';
import { type Format, formatOption } from '../terminal.js';
import { readText } from '../verbs/body.js';
import { collectionPath, objectIn, objectPath } from '../verbs/collection.js';
import { Context } from '../verbs/context.js';
import { printCreated } from '../verbs/create.js';
import { emptyMaterial, type Material } from './material.js';
import { readMaterial } from './read.js';
import { type Sorted, sortMaterial } from './sort.js';

interface ImportFlags {
  name?: string;
  replace?: string;
  type?: CertificateType;
  passphraseFile?: string;
  project?: string;
  dryRun: boolean;
  output: Format;
  quiet?: boolean;
}

export function addCertificate(program: Command, cli: Cli): void {
  const parent = program.command('certificate').description('take certificates in, whatever form they have');
  parent
    .command('import')
    .description('make a certificate of PEM, DER, P7B or PFX files, or replace one')
    .addArgument(
      new CompletableArgument('<file...>', 'certificates and key, in any order; - for standard input', {
        kind: 'files',
      }),
    )
    .option('--name <name>', 'what it is called; default: its first domain')
    .addOption(
      new CompletableOption('--replace <certificate>', 'put it in the place of this one; connections go on').completes({
        kind: 'objects',
        type: 'certificate',
      }),
    )
    .addOption(typeOption())
    .addOption(fileOption('--passphrase-file <file>', 'with the passphrase of the key; default: it is asked for'))
    .addOption(
      new CompletableOption('--project <project>', 'project that owns it, for administrators').completes({
        kind: 'objects',
        type: 'project',
      }),
    )
    .option('--dry-run', 'only show what would be sent', false)
    .option('-q, --quiet', 'only print the id')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
What each file is shows by its content. The chain is put in order, the key is found, what does not belong there is left
out and told. Keys travel to the gateway as they are and are encrypted there.

Examples:
  sluice certificate import www.pfx
  sluice certificate import cert.cer chain.p7b key.pem --name shop
  sluice certificate import fullchain.pem privkey.pem --replace shop
  sluice certificate import ca.crt --type client-ca`,
    )
    .action(async (files: string[], flags: ImportFlags, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const old = flags.replace === undefined ? undefined : await currentOf(context, flags.replace);
      const material = await readFiles(context, files, flags);
      const type = flags.type ?? (old?.type as CertificateType | undefined);
      const sorted = sortMaterial(material, type, old?.type === 'SERVER');
      for (const note of sorted.notes) {
        cli.terminal.note(note);
      }
      if (flags.dryRun) {
        await printSorted(context, sorted, flags);
        return;
      }
      await printCreated(context, CERTIFICATE, [{ object: await send(context, sorted, old, flags) }], flags);
    });
}

function typeOption(): Option {
  const option = new CompletableOption('--type <type>', 'what it is for; default: what the files say');
  option.argChoices = [...CERTIFICATE_TYPES];
  return option.argParser((written) => readChoice(written, CERTIFICATE_TYPES));
}

async function currentOf({ names }: Context, written: string): Promise<Json> {
  const found = await names.find(CERTIFICATE, written);
  return await names.object({ ...found, object: undefined });
}

async function readFiles(context: Context, files: readonly string[], flags: ImportFlags): Promise<Material> {
  const all = emptyMaterial();
  for (const file of files) {
    const bytes = file === '-' ? await buffer(context.world.input) : await readBytes(file);
    const name = file === '-' ? 'standard input' : file;
    let known: Promise<string> | undefined;
    const { certificates, revocations, keys, notes } = await readMaterial(name, bytes, () => {
      known ??= passphraseOf(context, name, flags);
      return known;
    });
    all.certificates.push(...certificates);
    all.revocations.push(...revocations);
    all.keys.push(...keys);
    all.notes.push(...notes);
  }
  return all;
}

/** Never an option: every user of the host can read the arguments of others. */
async function passphraseOf({ world, terminal }: Context, file: string, flags: ImportFlags): Promise<string> {
  if (flags.passphraseFile !== undefined) {
    return (await readText({ world }, flags.passphraseFile)).replace(/\r?\n$/, '');
  }
  if (!world.input.isTTY) {
    throw new SluiceError(
      'invalid_configuration',
      `${file} is encrypted, and there is no terminal to ask for its passphrase on; write --passphrase-file FILE, - for standard input`,
    );
  }
  return await askSecret(world, terminal, `passphrase of ${file}: `);
}

async function send(context: Context, sorted: Sorted, old: Json | undefined, flags: ImportFlags): Promise<Json> {
  const { client, names } = context;
  const { type, certificate, private_key } = sorted;
  const key = private_key === null ? {} : { private_key };
  if (old) {
    const named = flags.name === undefined ? {} : { name: flags.name };
    const body = { ...named, certificate, ...key };
    return objectIn(
      CERTIFICATE,
      await client.send<Json>('PUT', objectPath(CERTIFICATE, String(old.id)), { certificate: body }),
    );
  }
  const project = flags.project === undefined ? {} : { project_id: await names.keyOf('project', flags.project) };
  const body = { name: flags.name ?? sorted.name, type, certificate, ...key, ...project };
  return objectIn(CERTIFICATE, await client.send<Json>('POST', collectionPath(CERTIFICATE), { certificate: body }));
}

async function printSorted(
  { terminal }: Context,
  { type, certificate, private_key, name }: Sorted,
  flags: ImportFlags,
) {
  const shown = { name: flags.name ?? name, type, certificate, has_private_key: private_key !== null };
  await terminal.print(flags.output, shown, () => [
    `${type} "${shown.name}"${private_key === null ? '' : ', with its private key'}`,
    certificate.trimEnd(),
    'nothing was sent',
  ]);
}
