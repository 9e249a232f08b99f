// Keeps what later requests want: the tokens of a sign-in, and the identifier of what was made.
const kind = (pm.response.headers.get('Content-Type') || '');
if (pm.response.code < 300 && kind.includes('json')) {
    const answer = pm.response.json();
    if (answer.access_token) {
        pm.environment.set('access_token', answer.access_token);
        pm.environment.set('refresh_token', answer.refresh_token || '');
        pm.environment.set('access_until', Date.now() + 1000 * (answer.expires_in || 60));
    }
    const last = pm.request.url.path[pm.request.url.path.length - 1];
    if (pm.response.code === 201 && answer.id && /^[a-z-]+s$/.test(last)) {
        pm.environment.set(last.replace(/s$/, '').replace(/-/g, '_') + '_id', answer.id);
    }
}
pm.test('the answer is no failure of the server', () => pm.expect(pm.response.code).to.be.below(500));
