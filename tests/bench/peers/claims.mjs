#!/usr/bin/env node
// Completes a claim for each row of a CSV export: what one writes without claimpipe.  Node 18 and later.
//
//   claims.mjs INPUT --claim CLAIM_ID -o RESULTS [--in-flight N] [--settle]
//
// fetch (which keeps connections alive), so many requests under way, and with --settle each attempt is asked about
// until it has ended.  The API and its key are BITBADGES_API_URL and BITBADGES_API_KEY.  Nothing is remembered from
// one run to the next: what is started again is sent again.  A POST is repeated after 429 alone, which has had no
// effect; any other failure may hide one that was taken.
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const API = `${process.env.BITBADGES_API_URL}/api/v0`;
const KEY = process.env.BITBADGES_API_KEY;
const POLL_MS = 2000;
const TRIES = 10;

// No field of what it is measured with is quoted.
async function readRows(path) {
    const [header, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const column = header.split(',').indexOf('Wallet');
    if (column < 0) throw new Error('there is no column "Wallet"');
    return lines.map((line) => ({ line, address: line.split(',')[column] }));
}

async function call(path, options) {
    for (let n = 1; ; n++) {
        const answer = await fetch(API + path, options);
        const body = await answer.json();
        if (answer.ok) return body;
        if (answer.status !== 429 || n === TRIES) throw new Error(body.errorMessage ?? `HTTP ${answer.status}`);
        await sleep(1000 * Number(answer.headers.get('retry-after') ?? n));
    }
}

async function complete(row, claim) {
    const { claimAttemptId } = await call(`/claims/complete/${claim}/${row.address}`, {
        method: 'POST',
        headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ _expectedVersion: 0 }),
    });
    if (!claimAttemptId) throw new Error('the answer has no claimAttemptId');
    row.attempt = claimAttemptId;
    row.status = 'pending';
}

// The attempts of a claim are done one after the other, so that most have ended when they are first asked about.
async function settle(row) {
    for (let n = 1; n <= TRIES && row.status === 'pending'; n++) {
        const { success, error } = await call(`/claims/status/${row.attempt}`, { headers: { 'x-api-key': KEY } });
        if (error) throw new Error(error);
        if (success) row.status = 'success';
        else await sleep(POLL_MS);
    }
}

// Does the work for all rows, for so many at once; what goes wrong is written to its row.
async function each(rows, inFlight, work) {
    const left = rows.values();
    const worker = async () => {
        for (const row of left)
            await work(row).catch((e) => Object.assign(row, { status: 'failed', error: e.message }));
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
}

async function main() {
    const { values: o, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            claim: { type: 'string' },
            output: { type: 'string', short: 'o' },
            'in-flight': { type: 'string', default: '50' },
            settle: { type: 'boolean' },
        },
    });
    const rows = await readRows(positionals[0]);
    const inFlight = Number(o['in-flight']);
    await each(rows, inFlight, (row) => complete(row, o.claim));
    if (o.settle) await each(rows.filter((row) => row.status === 'pending'), inFlight, settle);
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const line = (row) => `${row.line},${row.status},${quoted(row.error ?? '')},${row.attempt ?? ''}\n`;
    await writeFile(o.output, rows.map(line).join(''));
    if (rows.some((row) => row.status !== (o.settle ? 'success' : 'pending'))) process.exitCode = 1;
}

main().catch((e) => {
    console.error(`claims.mjs: ${e.message}`);
    process.exitCode = 2;
});
