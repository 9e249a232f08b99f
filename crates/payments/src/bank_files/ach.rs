//! Payments as entries of a Nacha file.

use florin_kernel::Timestamp;
use florin_rails::nacha::{Batch, Class, Entry, File, Header, Service, TransactionCode};
use florin_rails::{NotWritten, RoutingNumber};

use super::file::{Line, Making};
use crate::checks::{AccountType, BankPlace};
use crate::rail::Flow;

/// Who we are in Nacha files, as the originating bank assigned it.
#[derive(Clone, Debug)]
pub struct AchSettings {
    /// To whom files are sent: the routing number of the bank or the operator.
    pub destination: RoutingNumber,
    /// Its name.
    pub destination_name: String,
    /// From whom: ten characters.
    pub origin: String,
    /// The name.
    pub origin_name: String,
    /// The originator as receivers see it, in 16 characters.
    pub company_name: String,
    /// The originator as its bank knows it, in ten.
    pub company_id: String,
    /// What the payments are for, as receivers see it, in ten.
    pub description: String,
    /// The originating bank.
    pub originating_bank: RoutingNumber,
}

/// Tells the files of one day apart.
const MODIFIERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// How many payments can be told apart by the last seven digits of a trace number.
const TRACES: i64 = 10_000_000;

impl AchSettings {
    /// The whole trace number of the payment of this running number.
    pub(super) fn trace(&self, running: i64) -> i64 {
        let bank: i64 = self.originating_bank.without_check_digit().parse().unwrap_or(0);
        bank.saturating_mul(TRACES).saturating_add(running.rem_euclid(TRACES))
    }

    /// Whether so many payments after this running number have rising trace numbers.
    pub(super) fn rises(running: i64, count: i64) -> bool {
        running.rem_euclid(TRACES).saturating_add(count) < TRACES
    }

    /// The running number that the next round of trace numbers is counted from.
    pub(super) fn next_round(running: i64) -> i64 {
        running.saturating_sub(running.rem_euclid(TRACES)).saturating_add(TRACES)
    }

    /// The file: what draws on accounts in one batch and what pays into them in another.
    ///
    /// # Errors
    /// [`NotWritten`], which names the field.
    pub(super) fn write(
        &self,
        making: &Making,
        lines: &[Line],
        local: Timestamp,
    ) -> Result<String, NotWritten> {
        let kinds = [(Flow::In, Service::Debits, Class::Web), (Flow::Out, Service::Credits, Class::Ppd)];
        let mut batches = Vec::new();
        for (flow, service, class) in kinds {
            let of_flow = lines.iter().filter(|line| line.flow == flow);
            let entries = of_flow.map(|line| entry(line, class)).collect::<Result<Vec<_>, _>>()?;
            if !entries.is_empty() {
                let number = u32::try_from(batches.len()).unwrap_or(u32::MAX).saturating_add(1);
                batches.push(self.batch(making, (service, class), number, entries));
            }
        }
        let modifier = usize::try_from(making.of_day).ok().and_then(|nth| MODIFIERS.get(nth));
        let header = Header {
            destination: self.destination.clone(),
            origin: self.origin.clone(),
            created_at: local.to_zoned(making.zone.clone()).datetime(),
            // Beyond the last one, which no day reaches, the file is refused as it is written.
            modifier: modifier.map_or('?', |letter| char::from(*letter)),
            destination_name: self.destination_name.clone(),
            origin_name: self.origin_name.clone(),
            reference: format!("{:08}", making.number.rem_euclid(100_000_000)),
        };
        File { header, batches }.write()
    }

    fn batch(
        &self,
        making: &Making,
        (service, class): (Service, Class),
        number: u32,
        entries: Vec<Entry>,
    ) -> Batch {
        Batch {
            service,
            company_name: self.company_name.clone(),
            discretionary: String::new(),
            company_id: self.company_id.clone(),
            class,
            description: self.description.clone(),
            descriptive_date: String::new(),
            effective_on: Some(making.effective_on),
            settled_on_day: None,
            originating_bank: self.originating_bank.clone(),
            number,
            entries,
        }
    }
}

fn entry(line: &Line, class: Class) -> Result<Entry, NotWritten> {
    let BankPlace::Us(bank) = &line.account.place else {
        return Err(NotWritten { field: "the receiving bank", why: "is not in the United States" });
    };
    let number = line.account.number.expose().parse();
    Ok(Entry {
        code: match (line.flow, line.account.kind) {
            (Flow::In, AccountType::Checking) => TransactionCode::CHECKING_DEBIT,
            (Flow::In, AccountType::Savings) => TransactionCode::SAVINGS_DEBIT,
            (Flow::Out, AccountType::Checking) => TransactionCode::CHECKING_CREDIT,
            (Flow::Out, AccountType::Savings) => TransactionCode::SAVINGS_CREDIT,
        },
        receiving_bank: bank.clone(),
        account: number
            .map_err(|_| NotWritten { field: "the account number", why: "is not one that files have" })?,
        cents: u64::try_from(line.minor).unwrap_or(0),
        id: line.reference.clone(),
        name: line.account.holder.expose().to_owned(),
        // A single payment, and not one of a series.
        discretionary: if class == Class::Web { "S".to_owned() } else { String::new() },
        trace: u64::try_from(line.trace).unwrap_or(0),
        addenda: Vec::new(),
    })
}
