//! What the load sends: bodies and idempotency keys, chosen at random and without a lock.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use florin_kernel::Uuid;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};

use super::prepare::{Customer, Target};

/// The golden ratio in 64 bits: its multiples are far from each other.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Idempotency keys that no other run meets, each with a little chance.
#[derive(Debug)]
pub(super) struct Keys {
    next: AtomicU64,
    run: u64,
}

impl Default for Keys {
    fn default() -> Self {
        // Another run against the same server must not meet this one's keys.
        Self { next: AtomicU64::new(0), run: RandomState::new().hash_one(0) }
    }
}

impl Keys {
    /// The next key, and a chance of its own.
    pub(super) fn next(&self) -> (String, Chance) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        (format!("bench-{:x}-{n:x}", self.run), Chance(self.run ^ n.wrapping_mul(GOLDEN)))
    }
}

/// A stream of numbers without a pattern (splitmix64).
pub(super) struct Chance(u64);

impl Chance {
    /// The next number below `limit`; 0 when there is none.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(z.checked_rem(limit).unwrap_or(0)).unwrap_or(0)
    }
}

/// The body of a transfer of so many cents, fewer than a hundred.
pub(super) fn transfer_body(from: Uuid, to: Uuid, cents: u8) -> String {
    format!(
        "{{\"from_account_id\":\"{from}\",\"to_account_id\":\"{to}\",\"amount\":{{\"amount\":\"0.{cents:02}\",\"currency\":\"EUR\"}}}}"
    )
}

/// A request with this body; `token` is the whole value of the `Authorization` header.
pub(super) fn request(path: &str, token: &str, body: String) -> Request<Full<Bytes>> {
    let request = Request::post(path).header(CONTENT_TYPE, "application/json").header(AUTHORIZATION, token);
    // The parts are this program's own and well-formed.
    request.body(Full::new(Bytes::from(body))).unwrap_or_default()
}

/// The same request under an idempotency key.
pub(super) fn keyed(mut request: Request<Full<Bytes>>, key: &str) -> Request<Full<Bytes>> {
    if let Ok(key) = key.parse() {
        request.headers_mut().insert("x-idempotency-key", key);
    }
    request
}

impl Customer {
    /// One of their accounts.
    fn any(&self, chance: &mut Chance) -> Uuid {
        self.accounts.get(chance.below(self.accounts.len())).copied().unwrap_or_default()
    }
}

impl Target {
    /// A transfer of a cent out of an account of the worker's customer, into the hot account or any other.
    pub(super) fn transfer(&self, keys: &Keys, worker: usize, hot: bool) -> Request<Full<Bytes>> {
        let (key, mut chance) = keys.next();
        let customer = self.customer(worker);
        let from = customer.any(&mut chance);
        let to = if hot && from != self.hot { self.hot } else { self.any_but(from, &mut chance) };
        keyed(request("/api/v1/transfers", &customer.token, transfer_body(from, to, 1)), &key)
    }

    /// So many transfers of a cent out of accounts of the worker's customer, in one request.
    pub(super) fn batch(&self, keys: &Keys, worker: usize, count: u64) -> Request<Full<Bytes>> {
        let (key, mut chance) = keys.next();
        let customer = self.customer(worker);
        let mut body = String::with_capacity(170_000);
        body.push_str("{\"transfers\":[");
        for n in 0..count {
            if n > 0 {
                body.push(',');
            }
            let from = customer.any(&mut chance);
            body.push_str(&transfer_body(from, self.any_but(from, &mut chance), 1));
        }
        body.push_str("]}");
        keyed(request("/api/v1/transfers/batch", &customer.token, body), &key)
    }

    /// A question about an account of the worker's customer: its balance, or its latest entries.
    pub(super) fn read(&self, worker: usize, n: u64) -> Request<Full<Bytes>> {
        let customer = self.customer(worker);
        let account = customer.any(&mut Chance(n ^ worker as u64));
        let path = match n % 4 {
            1 => format!("/api/v1/accounts/{account}/balance"),
            _ => format!("/api/v1/accounts/{account}/entries?limit=10"),
        };
        let request = Request::get(path).header(AUTHORIZATION, &customer.token);
        request.body(Full::default()).unwrap_or_default()
    }

    fn any_but(&self, from: Uuid, chance: &mut Chance) -> Uuid {
        for _ in 0..8 {
            let to = self.accounts.get(chance.below(self.accounts.len())).copied().unwrap_or_default();
            if to != from {
                return to;
            }
        }
        self.accounts.iter().copied().find(|to| *to != from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};
    use std::net::SocketAddr;

    use http_body_util::BodyExt;
    use serde_json::Value;

    use super::*;

    const ACCOUNTS: [Uuid; 3] = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];

    fn target() -> Target {
        let customers = vec![
            Customer { token: "Bearer a".to_owned(), accounts: ACCOUNTS[..2].to_vec() },
            Customer { token: "Bearer b".to_owned(), accounts: ACCOUNTS[2..].to_vec() },
        ];
        Target::of(SocketAddr::from(([127, 0, 0, 1], 80)), customers).unwrap()
    }

    async fn json(request: Request<Full<Bytes>>) -> Value {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn keys_never_repeat_within_a_run_nor_between_runs() {
        let (one, other) = (Keys::default(), Keys::default());

        let keys: HashSet<String> = (0..10_000).flat_map(|_| [one.next().0, other.next().0]).collect();

        assert_eq!(keys.len(), 20_000);
    }

    #[test]
    fn chance_stays_below_its_limit_and_meets_every_number() {
        let mut chance = Keys::default().next().1;

        let met: BTreeSet<usize> = (0..1_000).map(|_| chance.below(7)).collect();

        assert_eq!(met, (0..7).collect());
        assert_eq!(chance.below(0), 0);
    }

    #[tokio::test]
    async fn a_transfer_is_json_between_two_accounts_and_out_of_the_customers_own() {
        let (target, keys) = (target(), Keys::default());
        let [own, other] = [ACCOUNTS[2].to_string(), ACCOUNTS[0].to_string()];
        for hot in [false, true] {
            for _ in 0..50 {
                let request = target.transfer(&keys, 1, hot);
                assert_eq!(request.headers()["authorization"], "Bearer b");
                assert!(request.headers().contains_key("x-idempotency-key"));
                let body = json(request).await;
                assert_eq!(body["from_account_id"], own);
                assert_ne!(body["to_account_id"], own);
                assert!(!hot || body["to_account_id"] == other);
                assert_eq!(body["amount"]["amount"], "0.01");
            }
        }
    }

    #[tokio::test]
    async fn a_batch_is_json_with_as_many_transfers_as_asked_for() {
        let (target, keys) = (target(), Keys::default());

        for count in [0, 1, 1_000] {
            let body = json(target.batch(&keys, 0, count)).await;
            let transfers = body["transfers"].as_array().unwrap();
            assert_eq!(transfers.len() as u64, count);
            for transfer in transfers {
                assert_ne!(transfer["from_account_id"], transfer["to_account_id"]);
            }
        }
    }

    #[test]
    fn questions_are_about_the_customers_own_accounts() {
        let target = target();

        for n in [1, 3] {
            let request = target.read(1, n);
            assert!(request.uri().path().starts_with(&format!("/api/v1/accounts/{}/", ACCOUNTS[2])));
            assert_eq!(request.method(), "GET");
        }
    }
}
