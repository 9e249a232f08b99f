//! Who asks for pages, and what they find there: a customer with some payments behind them, customers whom the counter
//! knows, and staff.

use std::fmt::Write as _;
use std::net::SocketAddr;

use bytes::Bytes;
use florin_app::Services;
use florin_kernel::{Actor, Env, Role, UserId, Uuid};
use florin_parties::{AddressForm, NewCustomer};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderValue, ORIGIN, SET_COOKIE};
use hyper::{HeaderMap, Request, StatusCode};

use super::table::{Places, Who};
use crate::Failure;
use crate::bench::prepare::{self, Bank, PASSWORD, ask, failed, known_as, open_funded};
use crate::bench::requests::{Keys, keyed, request, transfer_body};

/// How many customers the counter knows.
const KNOWN: usize = 200;
/// How many accounts the customer who signs in has.
const ACCOUNTS: usize = 3;
/// How many transfers they made.
const TRANSFERS: u8 = 60;
const FIRST: [&str; 10] = ["Ada", "Ben", "Cora", "Dag", "Edda", "Finn", "Greta", "Hugo", "Ines", "Jon"];
const LAST: [&str; 20] = [
    "Aalto", "Berg", "Castel", "Dahl", "Ekman", "Falk", "Grau", "Holm", "Ivers", "Jansen", "Keller", "Lund",
    "Moreau", "Nyberg", "Olsen", "Prinz", "Quist", "Rossi", "Sander", "Thoma",
];

/// What was put into the instance before it is served.
pub(super) struct House {
    emails: Vec<(Who, String)>,
    accounts: Vec<Uuid>,
    places: Places,
}

/// Everybody signed in.
pub(super) struct Guests {
    cookies: Vec<(Who, HeaderValue)>,
    pub(super) places: Places,
}

/// Puts people, accounts and customers into a filled instance.
pub(super) async fn furnish(bank: &Bank) -> Result<House, Failure> {
    let services = bank.open().await?;
    let made = make_known(&services).await;
    Bank::close(&services);
    made
}

async fn make_known(services: &Services) -> Result<House, Failure> {
    let mut emails = Vec::new();
    let mut accounts = Vec::new();
    for who in Who::ALL {
        let role = match who {
            Who::Customer => Role::Customer,
            Who::Teller => Role::Teller,
            Who::Analyst => Role::FraudAnalyst,
            Who::Admin => Role::Admin,
        };
        let email = address(who.code());
        let id = known_as(services, &email, "Willa Reader", role).await?;
        if who == Who::Customer {
            accounts = open_funded(services, id, ACCOUNTS).await?;
        }
        emails.push((who, email));
    }
    tell!("making {KNOWN} customers known…");
    let mut first = None;
    for n in 0..KNOWN {
        let id = customer(services, n).await?;
        first = first.or(Some(id));
    }
    let customer = first.ok_or_else(|| failed("there is no customer"))?;
    let held = open_funded(services, customer, 2).await?;
    let any = |accounts: &[Uuid]| accounts.first().copied().ok_or_else(|| failed("there is no account"));
    let places = Places { account: any(&accounts)?, customer: customer.uuid(), held: any(&held)? };
    Ok(House { emails, accounts, places })
}

fn address(what: &str) -> String {
    format!("{what}-{}@example.com", Env::system().new_uuid().simple())
}

async fn customer(services: &Services, n: usize) -> Result<UserId, Failure> {
    let of = |names: &[&'static str], at: usize| names.get(at.checked_rem(names.len())?).copied();
    let (first, last) = (of(&FIRST, n), of(&LAST, n / FIRST.len()));
    let form = NewCustomer {
        full_name: format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default()),
        email: address("known"),
        phone: format!("+4930901820{n:03}"),
        date_of_birth: "1984-05-17".to_owned(),
        ssn: None,
        sin: None,
        address: AddressForm {
            line1: "Am Kai 7".to_owned(),
            line2: None,
            city: "Berlin".to_owned(),
            region: None,
            postal_code: Some("10115".to_owned()),
            country: "DE".to_owned(),
        },
    };
    let made = services.customers.create(&Actor::system("bench"), form).await;
    Ok(made.map_err(|error| failed(&error.to_string()))?.id)
}

impl House {
    /// Signs everybody in, and makes the customer's transfers.
    pub(super) async fn come_in(self, addr: SocketAddr) -> Result<Guests, Failure> {
        let mut cookies = Vec::new();
        for (who, email) in &self.emails {
            if *who == Who::Customer {
                self.transfer(addr, email).await?;
            }
            cookies.push((*who, sign_in(addr, email).await?));
        }
        Ok(Guests { cookies, places: self.places })
    }

    async fn transfer(&self, addr: SocketAddr, email: &str) -> Result<(), Failure> {
        let token = prepare::sign_in(addr, email, PASSWORD).await?;
        let keys = Keys::default();
        let pairs = self.accounts.iter().zip(self.accounts.iter().cycle().skip(1)).cycle();
        for (cents, (from, to)) in (1..=TRANSFERS).zip(pairs) {
            let asked = request("/api/v1/transfers", &token, transfer_body(*from, *to, cents));
            let answer = ask(addr, keyed(asked, &keys.next().0)).await?;
            if answer.status != StatusCode::CREATED {
                return Err(failed(&format!("a transfer was answered with {}", answer.status)));
            }
        }
        Ok(())
    }
}

impl Guests {
    /// A request of theirs for what is at `path`.
    pub(super) fn get(&self, who: Who, path: &str) -> Request<Full<Bytes>> {
        let mut request = Request::get(path).body(Full::default()).unwrap_or_default();
        if let Some((_, cookie)) = self.cookies.iter().find(|(one, _)| *one == who) {
            request.headers_mut().insert(COOKIE, cookie.clone());
        }
        request
    }
}

/// Signs somebody in by the page for that; what their browser keeps.
async fn sign_in(addr: SocketAddr, email: &str) -> Result<HeaderValue, Failure> {
    let form = form_urlencoded(&[("email", email), ("password", PASSWORD)]);
    let asked = Request::post("/login")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ORIGIN, format!("http://{addr}"))
        .body(Full::new(Bytes::from(form)));
    let answer = ask(addr, asked.unwrap_or_default()).await?;
    if answer.status != StatusCode::SEE_OTHER {
        return Err(failed(&format!("signing in by the page was answered with {}", answer.status)));
    }
    kept(&answer.headers).ok_or_else(|| failed("the page that signs in set no cookie"))
}

/// What a browser keeps of an answer, as it sends it along afterwards.
fn kept(headers: &HeaderMap) -> Option<HeaderValue> {
    let set = headers.get_all(SET_COOKIE).into_iter();
    let pairs: Vec<&str> = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next()).collect();
    let mut kept = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|kept| !kept.is_empty())?;
    kept.set_sensitive(true);
    Some(kept)
}

/// Fields as a form.
fn form_urlencoded(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let _ = match byte {
            letter if letter.is_ascii_alphanumeric() => write!(escaped, "{}", char::from(letter)),
            other => write!(escaped, "%{other:02X}"),
        };
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_keeps_every_cookie_without_its_terms() {
        let mut headers = HeaderMap::new();
        assert_eq!(kept(&headers), None);

        headers.append(SET_COOKIE, HeaderValue::from_static("a=1; Path=/; HttpOnly"));
        headers.append(SET_COOKIE, HeaderValue::from_static("b=2"));

        let kept = kept(&headers).unwrap();
        assert_eq!(kept, "a=1; b=2");
        assert!(kept.is_sensitive());
    }

    #[test]
    fn a_form_escapes_what_divides_it() {
        assert_eq!(form_urlencoded(&[("a", "b&c=é"), ("d", "")]), "a=b%26c%3D%C3%A9&d=");
    }

    #[test]
    fn customers_have_names_of_their_own() {
        let names: std::collections::BTreeSet<(usize, usize)> =
            (0..KNOWN).map(|n| (n % FIRST.len(), n / FIRST.len() % LAST.len())).collect();

        assert_eq!(names.len(), KNOWN);
    }
}
