//! Payments as segments of a file by Standard 005.

use florin_kernel::Timestamp;
use florin_rails::cpa005::{Currency, File, Header, Kind, Payment};
use florin_rails::{CanadianBranch, NotWritten};

use super::file::{Line, Making};
use crate::checks::BankPlace;
use crate::rail::Flow;

/// Who we are in files by Standard 005, as the direct clearer assigned it.
#[derive(Clone, Debug)]
pub struct EftSettings {
    /// The originator: ten characters.
    pub originator: String,
    /// The data centre that files are for.
    pub data_centre: u32,
    /// The originator's name in 15 characters.
    pub short_name: String,
    /// The same in 30.
    pub long_name: String,
    /// Where returns go.
    pub returns_bank: CanadianBranch,
    /// To which account there.
    pub returns_account: String,
    /// What the payments are for, of three digits.
    pub transaction_code: u16,
}

/// Files are numbered from 1 to this, and from 1 again.
const NUMBERS: i64 = 9_999;

impl EftSettings {
    /// The file.
    ///
    /// # Errors
    /// [`NotWritten`], which names the field.
    pub(super) fn write(
        &self,
        making: &Making,
        lines: &[Line],
        now: Timestamp,
    ) -> Result<String, NotWritten> {
        let number = making.number.saturating_sub(1).rem_euclid(NUMBERS).saturating_add(1);
        let header = Header {
            originator: self.originator.clone(),
            number: u16::try_from(number).unwrap_or(1),
            created_on: now.to_zoned(making.zone.clone()).date(),
            centre: self.data_centre,
            currency: Currency::Cad,
        };
        let payments = lines.iter().map(|line| self.payment(making, line)).collect::<Result<_, _>>()?;
        File { header, payments }.write()
    }

    fn payment(&self, making: &Making, line: &Line) -> Result<Payment, NotWritten> {
        let BankPlace::Ca(branch) = &line.account.place else {
            return Err(NotWritten { field: "the institution", why: "is not in Canada" });
        };
        let number = line.account.number.expose().parse();
        Ok(Payment {
            kind: match line.flow {
                Flow::In => Kind::Debit,
                Flow::Out => Kind::Credit,
            },
            code: self.transaction_code,
            cents: u64::try_from(line.minor).unwrap_or(0),
            on: making.effective_on,
            bank: branch.clone(),
            account: number
                .map_err(|_| NotWritten { field: "the account number", why: "is not one that files have" })?,
            trace: String::new(),
            original_code: 0,
            short_name: self.short_name.clone(),
            name: line.account.holder.expose().to_owned(),
            long_name: self.long_name.clone(),
            user_id: self.originator.clone(),
            reference: reference(line.trace),
            returns_bank: Some(self.returns_bank.clone()),
            returns_account: self.returns_account.clone(),
            sundry: String::new(),
            original_trace: String::new(),
        })
    }
}

/// What a payment is found by when it comes back.
fn reference(running: i64) -> String {
    format!("{running:019}")
}

/// The running number of a payment that came back with this reference.
pub(super) fn running(reference: &str) -> Option<i64> {
    (reference.len() == 19).then(|| reference.parse().ok()).flatten().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_tells_its_number() {
        assert_eq!(running(&reference(42)), Some(42));
        for other in ["", "42", "INVOICE 7", "0000000000000000000"] {
            assert_eq!(running(other), None, "{other}");
        }
    }
}
