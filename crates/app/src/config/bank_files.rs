//! What was agreed with banks about files, read from the configuration.

use florin_calendar::Calendar;
use florin_kernel::Currency;
use florin_payments::bank_files::{AchSettings, BankFileSettings, EftSettings, Format, Timetable};
use florin_payments::checks::CanadianBranch;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Ach, Config, Eft};

/// How many banking days may be waited at most.
const DAYS_MAX: u8 = 60;

/// A schedule for the cut-off: minute and hour, and the time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// The expression of five fields.
    pub cron: String,
    /// The IANA name of the zone.
    pub zone: String,
}

/// A setting that is a text of at most so many characters, and not empty.
fn text(section: &str, name: &str, value: &str, max: usize) -> Result<String, String> {
    if (1..=max).contains(&value.len()) && value.is_ascii() {
        Ok(value.to_owned())
    } else {
        Err(format!("{section}.{name}: 1 to {max} characters of ASCII are wanted"))
    }
}

fn parsed<T: std::str::FromStr>(section: &str, name: &str, value: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|why| format!("{section}.{name}: `{value}`: {why}"))
}

struct Days<'a> {
    section: &'a str,
    cut_off: &'a str,
    zone: &'a str,
    effective: u8,
    settle: u8,
}

impl Days<'_> {
    fn time(&self) -> Result<Time, String> {
        let wrong =
            || format!("{}.cut_off: `{}` is no time of day, such as 17:00", self.section, self.cut_off);
        let (hour, minute) = self.cut_off.split_once(':').ok_or_else(wrong)?;
        let (hour, minute) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
        Time::new(hour, minute, 0, 0).map_err(|_| wrong())
    }

    fn timetable(&self, calendar: Calendar) -> Result<Timetable, String> {
        let zone = TimeZone::get(self.zone).map_err(|why| format!("{}.time_zone: {why}", self.section))?;
        for (name, days) in [("effective_days", self.effective), ("settle_days", self.settle)] {
            if !(1..=DAYS_MAX).contains(&days) {
                return Err(format!("{}.{name}: 1 to {DAYS_MAX} banking days are wanted", self.section));
            }
        }
        Ok(Timetable {
            zone,
            cut_off: self.time()?,
            calendar,
            effective_days: self.effective,
            settle_days: self.settle,
        })
    }

    fn schedule(&self) -> Result<CutOff, String> {
        let time = self.time()?;
        Ok(CutOff { cron: format!("{} {} * * *", time.minute(), time.hour()), zone: self.zone.to_owned() })
    }
}

fn minor_max(section: &str, major: i64, currency: Currency) -> Result<i64, String> {
    let minor = major.checked_mul(currency.minor_per_major()).filter(|minor| *minor > 0);
    minor.ok_or_else(|| format!("{section}.file_amount_max: an amount above zero is wanted"))
}

impl Ach {
    fn days(&self) -> Days<'_> {
        Days {
            section: "ach",
            cut_off: &self.cut_off,
            zone: &self.time_zone,
            effective: self.effective_days,
            settle: self.settle_days,
        }
    }

    fn settings(&self) -> Result<BankFileSettings, String> {
        let text = |name, value, max| text("ach", name, value, max);
        let format = AchSettings {
            destination: parsed("ach", "destination", &self.destination)?,
            destination_name: text("destination_name", &self.destination_name, 23)?,
            origin: text("origin", &self.origin, 10)?,
            origin_name: text("origin_name", &self.origin_name, 23)?,
            company_name: text("company_name", &self.company_name, 16)?,
            company_id: text("company_id", &self.company_id, 10)?,
            description: text("description", &self.description, 10)?,
            originating_bank: parsed("ach", "originating_bank", &self.originating_bank)?,
        };
        Ok(BankFileSettings {
            format: Format::Ach(format),
            timetable: self.days().timetable(Calendar::FederalReserve)?,
            file_minor_max: minor_max("ach", self.file_amount_max, Currency::USD)?,
        })
    }
}

impl Eft {
    fn days(&self) -> Days<'_> {
        Days {
            section: "eft",
            cut_off: &self.cut_off,
            zone: &self.time_zone,
            effective: self.effective_days,
            settle: self.settle_days,
        }
    }

    fn settings(&self) -> Result<BankFileSettings, String> {
        let text = |name, value, max| text("eft", name, value, max);
        let bank = CanadianBranch::try_new(&self.returns_institution, &self.returns_transit);
        let format = EftSettings {
            originator: text("originator", &self.originator, 10)?,
            data_centre: parsed("eft", "data_centre", &self.data_centre)?,
            short_name: text("short_name", &self.short_name, 15)?,
            long_name: text("long_name", &self.long_name, 30)?,
            returns_bank: bank
                .map_err(|why| format!("eft.returns_institution, eft.returns_transit: {why}"))?,
            returns_account: text("returns_account", &self.returns_account, 12)?,
            transaction_code: self.transaction_code,
        };
        if format.data_centre > 99_999 {
            return Err("eft.data_centre: at most five digits are wanted".to_owned());
        }
        if !(1..=999).contains(&format.transaction_code) {
            return Err("eft.transaction_code: three digits are wanted".to_owned());
        }
        Ok(BankFileSettings {
            format: Format::Eft(format),
            timetable: self.days().timetable(Calendar::Canada)?,
            file_minor_max: minor_max("eft", self.file_amount_max, Currency::CAD)?,
        })
    }
}

impl Config {
    /// The networks of banks that payments are written in files for.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn bank_networks(&self) -> Result<Vec<BankFileSettings>, String> {
        let ach = self.ach.enabled.then(|| self.ach.settings());
        let eft = self.eft.enabled.then(|| self.eft.settings());
        ach.into_iter().chain(eft).collect()
    }

    /// When the files of the Automated Clearing House are made, and those of Canada.
    ///
    /// # Errors
    /// A sentence that names the setting and what is wrong with it.
    pub fn cut_offs(&self) -> Result<(Option<CutOff>, Option<CutOff>), String> {
        let ach = self.ach.enabled.then(|| self.ach.days().schedule()).transpose()?;
        let eft = self.eft.enabled.then(|| self.eft.days().schedule()).transpose()?;
        Ok((ach, eft))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Loaded, Sources};

    const ACH: &[(&str, &str)] = &[
        ("FLORIN_ACH__ENABLED", "true"),
        ("FLORIN_ACH__DESTINATION", "231380104"),
        ("FLORIN_ACH__DESTINATION_NAME", "Federal Reserve Bank"),
        ("FLORIN_ACH__ORIGIN", "121042882"),
        ("FLORIN_ACH__ORIGIN_NAME", "Florin Bank"),
        ("FLORIN_ACH__COMPANY_NAME", "Florin Bank"),
        ("FLORIN_ACH__COMPANY_ID", "1210428820"),
        ("FLORIN_ACH__ORIGINATING_BANK", "121042882"),
    ];

    fn checked(more: &[(&str, &str)]) -> Result<usize, String> {
        let all = ACH.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: BTreeMap<String, String> = all.collect();
        let loaded = Loaded::read(&Sources { environment, ..Sources::default() }).unwrap();
        loaded.check().map_err(|error| error.to_string())?;
        Ok(loaded.config.bank_networks()?.len())
    }

    #[test]
    fn what_cannot_stand_in_a_file_is_refused_by_its_setting() {
        assert_eq!(checked(&[]), Ok(1));
        assert_eq!(checked(&[("FLORIN_ACH__ENABLED", "false")]), Ok(0));
        for (name, value, setting) in [
            ("FLORIN_ACH__DESTINATION", "231380105", "ach.destination"),
            ("FLORIN_ACH__COMPANY_NAME", "A name of more than sixteen", "ach.company_name"),
            ("FLORIN_ACH__COMPANY_ID", "", "ach.company_id"),
            ("FLORIN_ACH__CUT_OFF", "25:00", "ach.cut_off"),
            ("FLORIN_ACH__CUT_OFF", "noon", "ach.cut_off"),
            ("FLORIN_ACH__TIME_ZONE", "Nowhere/City", "ach.time_zone"),
            ("FLORIN_ACH__SETTLE_DAYS", "0", "ach.settle_days"),
            ("FLORIN_ACH__FILE_AMOUNT_MAX", "0", "ach.file_amount_max"),
            ("FLORIN_EFT__ENABLED", "true", "eft.originator"),
        ] {
            let why = checked(&[(name, value)]).unwrap_err();
            assert!(why.contains(setting), "{name}: {why}");
        }
    }
}
