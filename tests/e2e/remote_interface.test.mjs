// chrome-remote-interface, unchanged: the endpoint's HTTP paths, and the protocol as it is.
import assert from 'node:assert/strict';
import Cdp from 'chrome-remote-interface';
import { check } from './check.mjs';
import { settings } from './world.mjs';

settings.openToLocalUsers = true;

const here = (world) => ({ host: '127.0.0.1', port: world.port });

check('version, new, list, activate, close', { from: 'quick' }, async (world) => {
    const at = here(world);
    const version = await Cdp.Version(at);
    assert.match(version.Browser, /Chrome\//);
    assert.equal(version['Protocol-Version'], '1.3');
    assert.equal(new URL(version.webSocketDebuggerUrl).host, `127.0.0.1:${world.port}`);
    const made = await Cdp.New({ ...at, url: `${world.site.url}/next` });
    assert.equal(made.type, 'page');
    const client = await Cdp({ ...at, target: made.id });
    await client.Page.enable();
    await client.Page.navigate({ url: world.site.url });
    await client.Page.loadEventFired();
    const { result } = await client.Runtime.evaluate({ expression: 'document.title' });
    assert.equal(result.value, 'Start');
    await client.close();
    assert.ok((await Cdp.List(at)).some((one) => one.id === made.id));
    await Cdp.Activate({ ...at, id: made.id });
    await Cdp.Close({ ...at, id: made.id });
    while ((await Cdp.List(at)).some((one) => one.id === made.id)); // it closes in its own time
    await assert.rejects(Cdp.Close({ ...at, id: made.id }), /No such target id/);
});

check('events of one page', {}, async (world) => {
    const made = await Cdp.New({ ...here(world), url: 'about:blank' });
    const client = await Cdp({ ...here(world), target: made.webSocketDebuggerUrl });
    const requests = [];
    client.Network.requestWillBeSent(({ request }) => requests.push(request.url));
    await Promise.all([client.Network.enable(), client.Page.enable()]);
    await client.Page.navigate({ url: `${world.site.url}/fetching` });
    await client.Page.loadEventFired();
    await client.Runtime.evaluate({ expression: 'fetch("/data.json").then(r => r.text())', awaitPromise: true });
    assert.ok(requests.includes(`${world.site.url}/data.json`));
    await Cdp.Close({ ...here(world), id: made.id });
    await client.close();
});

check('the protocol that the browser tells of', { limit: 60_000 }, async (world) => {
    const { domains } = await Cdp.Protocol({ ...here(world) });
    const names = domains.map((one) => one.domain);
    for (const name of ['Browser', 'Target', 'Page', 'Runtime', 'Network']) assert.ok(names.includes(name), name);
});
