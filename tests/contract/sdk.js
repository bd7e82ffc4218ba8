// The vendor's own client against the practice server: each of its calls that our routes cover, its own checks and
// its conversion to BigInt included.  `node sdk.js URL KEY`, with bitbadgesjs-sdk where NODE_PATH says.  Prints a
// line of JSON for each: {"name", "ok", "got"}.
'use strict';
const { BitBadgesAPI, BigIntify } = require('bitbadgesjs-sdk');

const [url, apiKey] = process.argv.slice(2);
const ADA = 'bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h', BEN = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const api = new BitBadgesAPI({ apiUrl: url, apiKey, convertFunction: BigIntify });
const word = { 'password-1': { password: 'open sesame' } };

console.error = () => {}; // the client prints each refusal by itself

function print(value) {
    return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));
}

function plugin(claim, id) {
    return claim.plugins.find((p) => p.pluginId === id);
}

// right: true, or anything else, which is then shown.
async function check(name, ask, right) {
    let got;
    try {
        got = await ask();
        const ok = right(got);
        console.log(print({ name, ok: ok === true, got }));
    } catch (e) {
        console.log(print({ name, ok: false, got: String((e && (e.errorMessage || e.message)) || e) }));
    }
    return got;
}

async function refused(name, ask, message) {
    try {
        console.log(print({ name, ok: false, got: await ask() }));
    } catch (e) {
        console.log(print({ name, ok: message.test(e && e.errorMessage), got: e }));
    }
}

// As the vendor's own tools do: by POST, which is what the client sends.
async function settled(attempt) {
    for (let i = 0; i < 200; i++) {
        const status = await api.getClaimAttemptStatus(attempt);
        if (status.success || status.error) return status;
        await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('never settled');
}

async function claims() {
    await check('getClaim, its numbers as BigInt', () => api.getClaim('c1', { fetchAllClaimedUsers: true }),
        ({ claim }) => claim.version === 7n && claim.lastUpdated > 0n && claim.standaloneClaim === true && claim.plugins.length === 2 &&
            claim._includesPrivateParams === false && plugin(claim, 'numUses').publicState.claimedUsers !== undefined);
    await check('getClaim of an on-chain claim', () => api.getClaim('chain', {}),
        ({ claim }) => claim.collectionId === '12' && claim.trackerDetails.approvalId === 'approval-1');
    await check('getClaim of an on-demand claim', () => api.getClaim('demand', {}),
        ({ claim }) => claim.cachePolicy.ttl === 300n && claim.plugins.every((p) => p.pluginId !== 'numUses'));
    await check('getClaim of one by codes', () => api.getClaim('codes', {}),
        ({ claim }) => Array.isArray(plugin(claim, 'codes').publicState.usedCodeRanges));
    await check('getClaims', () => api.getClaims({ claimsToFetch: [{ claimId: 'c1', fetchAllClaimedUsers: true }, { claimId: 'chain' }] }),
        (r) => r.claims.length === 2 && r.claims[0].version === 7n);
    await check('simulateClaim', () => api.simulateClaim('c1', ADA, { _expectedVersion: 7, ...word }), (r) => /^0+$/.test(r.claimAttemptId));
    const sent = await check('completeClaim', () => api.completeClaim('c1', BEN, { _expectedVersion: 7, ...word }),
        (r) => /^[0-9a-f]{32}$/.test(r.claimAttemptId));
    await check('getClaimAttemptStatus', () => settled(sent.claimAttemptId), (r) => r.success === true && r.bitbadgesAddress.startsWith('bb1'));
    await check('checkClaimSuccess', () => api.checkClaimSuccess('c1', BEN), (r) => r.successCount === 1 && r.claimNumbers.length === 1);
    const page = await check('getClaimAttempts', () => api.getClaimAttempts('many', {}), (r) => r.docs.length === 25 && r.total === 60);
    await check('getClaimAttempts, the next page', () => api.getClaimAttempts('many', { bookmark: page.bookmark }),
        (r) => r.docs.length === 25 && r.docs[0].claimNumber === 34);
    await check('getClaimAttempts of an address', () => api.getClaimAttempts('c1', { address: BEN }), (r) => r.docs.length === 1);
    await refused('completeClaim, refused', () => api.completeClaim('c1', ADA, { _expectedVersion: 7 }), /Incorrect password/);
    await refused('getClaim of none', () => api.getClaim('none', {}), /Not found/);
    await refused('getReservedClaimCodes with a key alone', () => api.getReservedClaimCodes('chain', ADA, {}), /^Unauthorized/);
    await check('getReservedClaimCodes', () => api.getReservedClaimCodes('shown', ADA, {}), (r) => r.reservedCodes.length === 0);
}

async function stores() {
    const store = { dynamicDataId: 's1', dataSecret: 'hush' };
    await check('performStoreAction', () => api.performStoreAction({ ...store, actionName: 'add', payload: { address: ADA } }), () => true);
    await check('performBatchStoreAction',
        () => api.performBatchStoreAction({ ...store, actions: [{ actionName: 'add', payload: { address: BEN } }] }), () => true);
    await check('getDynamicDataActivity', () => api.getDynamicDataActivity(store),
        (r) => Array.isArray(r.pending) && r.history.docs.length + r.pending.length === 2);
    await check('getDynamicDataStoreValue', () => api.getDynamicDataStoreValue('s1', { key: ADA, dataSecret: 'hush' }),
        (r) => typeof r.inStore === 'boolean');
    await check('getDynamicDataStoreValuesPaginated', () => api.getDynamicDataStoreValuesPaginated('s1', { dataSecret: 'hush' }),
        (r) => Array.isArray(r.lookupValues) && r.pagination.hasMore === false);
    await refused('performStoreAction with the wrong secret',
        () => api.performStoreAction({ ...store, dataSecret: 'x', actionName: 'add', payload: { address: ADA } }), /Invalid data secret/);
}

claims().then(stores);
