//! The book that monitoring looks through, made of the ledger, of payments and of parties.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::Arc;

use florin_compliance::alerts::{Monitoring, MonitoringSettings};
use florin_compliance::cases::Deadlines;
use florin_compliance::monitor::{AccountFacts, Channel, Country, Kind, Movement, MovementId, Settings};
use florin_compliance::ports::{MovementPage, Movements};
use florin_db::{Db, DbError, Reader};
use florin_kernel::{AccountId, Timestamp, TransferId, UserId};
use florin_ledger::{Ledger, Moved, MovedSide, chart};
use florin_parties::Customers;
use florin_payments::Outside;

use crate::StartError;
use crate::config::Config;

/// Monitoring as the configuration has it. Blocking.
pub(crate) fn open(
    config: &Config,
    db: &Db,
    ledger: &Ledger,
    deadlines: Deadlines,
) -> Result<Monitoring, StartError> {
    let settings = MonitoringSettings {
        days: config.compliance.monitor_days,
        movements_max: config.compliance.monitor_movements_max,
        typologies: typologies(config).map_err(StartError::System)?,
        deadlines,
    };
    Ok(Monitoring::new(db.clone(), Arc::new(BookOfLedger(ledger.clone())), settings))
}

/// What counts as suspicious, by the file of the configuration or by default.
fn typologies(config: &Config) -> Result<Settings, String> {
    let file = &config.compliance.monitor_settings_file;
    if file.as_os_str().is_empty() {
        return Ok(Settings { currency: config.risk.reference.clone(), ..Settings::default() });
    }
    let wrong = |why: String| format!("compliance.monitor_settings_file: {}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Settings::parse(&text).map_err(|error| wrong(error.to_string()))
}

/// Movements of customers' money as the ledger has them.
struct BookOfLedger(Ledger);

impl Movements for BookOfLedger {
    fn page(
        &self,
        reader: &mut Reader<'_>,
        from_us: i64,
        to_us: i64,
        after: Option<i64>,
        limit: u32,
    ) -> Result<MovementPage, DbError> {
        let at = |us| Timestamp::from_microsecond(us).map_err(|error| DbError::Other(error.to_string()));
        let moved = self.0.moved(reader, at(from_us)?, at(to_us)?, after, limit)?;
        let full = moved.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next = moved.last().map(|last| last.seq).filter(|_| full);
        let payments = florin_payments::outside(reader, &groups(&moved))?;
        let facts = facts(reader, &moved)?;
        let movements = moved.iter().filter_map(|one| movement(one, &payments)).collect();
        Ok(MovementPage { movements, facts, next })
    }
}

/// The payments that transfers may be parts of, each once.
fn groups(moved: &[Moved]) -> Vec<TransferId> {
    let mut groups: Vec<TransferId> =
        moved.iter().filter_map(|one| one.group.map(TransferId::from_uuid)).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// What is known of the customers' accounts among these. Who has a record is a person; what all can pay is an enterprise's;
/// of others nothing is known. Neither incomes nor countries are told: they lie sealed, and no typology asks for them.
fn facts(reader: &mut Reader<'_>, moved: &[Moved]) -> Result<Vec<AccountFacts>, DbError> {
    let sides = moved.iter().flat_map(|one| [one.debit, one.credit]);
    let held: HashMap<AccountId, (UserId, MovedSide)> =
        sides.filter_map(|side| Some((side.account, (side.owner?, side)))).collect();
    let mut owners: Vec<UserId> = held.values().map(|(owner, _)| *owner).collect();
    owners.sort_unstable();
    owners.dedup();
    let people = Customers::recorded(reader, &owners)?;
    let enterprises: HashSet<AccountId> = florin_payments::biller_accounts(reader)?.into_iter().collect();
    let facts = held.into_values().map(|(customer, side)| AccountFacts {
        account: side.account,
        customer,
        kind: if enterprises.contains(&side.account) {
            Kind::Business
        } else if people.contains(&customer) {
            Kind::Person
        } else {
            Kind::Unknown
        },
        country: None,
        income_minor: None,
        opened_at_us: side.opened_at.as_microsecond(),
    });
    Ok(facts.collect())
}

/// A transfer as monitoring sees it; none for what is no movement between people, or was reversed as a whole.
fn movement(moved: &Moved, payments: &HashMap<TransferId, Outside>) -> Option<Movement> {
    let payment = moved.group.and_then(|group| payments.get(&TransferId::from_uuid(group)));
    let (from, to) = (inside(moved.debit), inside(moved.credit));
    let institution = match (from, to) {
        (Some(_), None) => moved.credit.code,
        (None, Some(_)) => moved.debit.code,
        _ => 0,
    };
    let channel = match (from, to) {
        (Some(_), Some(_)) => Channel::Transfer,
        (None, None) => return None,
        _ => channel(institution, payment)?,
    };
    let abroad = payment
        .filter(|_| channel != Channel::Transfer)
        .and_then(|payment| Country::parse(payment.country.as_deref()?));
    (moved.amount > 0).then_some(Movement {
        id: MovementId::from_uuid(moved.id.uuid()),
        at_us: moved.at.as_microsecond(),
        from,
        to,
        abroad,
        amount_minor: moved.amount,
        currency: moved.currency,
        channel,
    })
}

fn inside(side: MovedSide) -> Option<AccountId> {
    side.owner.map(|_| side.account)
}

/// By which way money came from outside or left, by the account of the institution that it passed. What passes others stays
/// between the customer and the institution: interest, charges, loans.
fn channel(institution: u16, payment: Option<&Outside>) -> Option<Channel> {
    match institution {
        chart::CASH => Some(Channel::Cash),
        chart::CLEARING | chart::DUE_FROM_PROCESSORS | chart::DUE_TO_BILLERS => {
            let by_card = payment.is_some_and(|payment| payment.by_card);
            Some(if by_card { Channel::Card } else { Channel::Ach })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use florin_kernel::{Currency, Uuid};

    use super::*;

    fn side(owner: Option<u128>, code: u16) -> MovedSide {
        MovedSide {
            account: AccountId::from_uuid(Uuid::from_u128(u128::from(code))),
            owner: owner.map(|owner| UserId::from_uuid(Uuid::from_u128(owner))),
            code,
            opened_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn seen(debit: MovedSide, credit: MovedSide, amount: i64) -> Option<Movement> {
        let moved = Moved {
            id: TransferId::from_uuid(Uuid::nil()),
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            group: None,
            debit,
            credit,
            amount,
            currency: Currency::USD,
        };
        movement(&moved, &HashMap::new())
    }

    #[test]
    fn the_institutions_account_tells_the_way() {
        let customer = side(Some(1), chart::CHECKING);
        let channel = |debit, credit| seen(debit, credit, 1).map(|seen| seen.channel);

        assert_eq!(channel(side(None, chart::CASH), customer), Some(Channel::Cash));
        assert_eq!(channel(customer, side(None, chart::CASH)), Some(Channel::Cash));
        assert_eq!(channel(customer, side(None, chart::CLEARING)), Some(Channel::Ach));
        assert_eq!(channel(customer, side(Some(2), chart::SAVINGS)), Some(Channel::Transfer));
    }

    #[test]
    fn what_the_institution_and_its_customer_owe_each_other_is_no_movement() {
        let customer = side(Some(1), chart::CHECKING);

        for code in [chart::FEE_INCOME, chart::LOAN_PRINCIPAL, chart::SUSPENSE] {
            assert_eq!(seen(customer, side(None, code), 1), None, "{code}");
        }
        assert_eq!(seen(side(None, chart::CASH), customer, 0), None, "reversed as a whole");
    }
}
