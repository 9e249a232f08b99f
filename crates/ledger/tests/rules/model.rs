//! A ledger so naive that it is plainly right: a list of transfers, from which everything is added up anew.
//!
//! It shares types with the rules and no code: every refusal that applies is collected, and the first in the
//! order of the table stands.

use std::collections::BTreeMap;

use florin_kernel::{AccountId, Date, TransferId};
use florin_ledger::rules::{
    Account, Accumulators, After, AmountMode, BatchHeader, Code, Event, Flags, Overdraft, Side, Transfer,
};

#[derive(Clone, Debug)]
pub struct Model {
    pub accounts: BTreeMap<AccountId, Account>,
    pub log: Vec<Transfer>,
    pub refused: BTreeMap<TransferId, (Code, Event)>,
}

pub type Answer = (Code, Option<Transfer>);

/// What an event comes down to, once nothing speaks against it.
struct Move {
    debit: AccountId,
    credit: AccountId,
    amount: i64,
    code: u16,
}

impl Model {
    pub fn new(accounts: Vec<Account>) -> Self {
        let accounts = accounts.into_iter().map(|account| (account.id, account)).collect();
        Self { accounts, log: Vec::new(), refused: BTreeMap::new() }
    }

    pub fn run(&mut self, header: &BatchHeader, events: &[Event]) -> Vec<Answer> {
        if events.len() > 8_192 {
            return vec![(Code::BatchTooLarge, None); events.len()];
        }
        let mut header = *header;
        let mut answers = Vec::new();
        let mut chain = Vec::new();
        for (place, event) in events.iter().enumerate() {
            chain.push(event.clone());
            if !event.flags.has(Flags::LINKED) || place + 1 == events.len() {
                let before = self.log.len();
                answers.extend(self.chain(&header, &chain));
                header.first_seq += i64::try_from(self.log.len() - before).unwrap();
                chain.clear();
            }
        }
        answers
    }

    fn chain(&mut self, header: &BatchHeader, chain: &[Event]) -> Vec<Answer> {
        let fail = |place: usize, code: Code| -> Vec<Answer> {
            (0..chain.len()).map(|at| (if at == place { code } else { Code::LinkedFailed }, None)).collect()
        };
        if chain.last().unwrap().flags.has(Flags::LINKED) {
            return fail(chain.len() - 1, Code::ChainOpen);
        }
        if chain.len() > 256 {
            return fail(0, Code::ChainTooLong);
        }

        let known: Vec<Option<Code>> = chain.iter().map(|event| self.known(event)).collect();
        if let Some(place) = known.iter().position(|code| code.is_some_and(|code| code != Code::Exists)) {
            return fail(place, known[place].unwrap());
        }
        if known.iter().all(Option::is_some) {
            let row = |event: &Event| self.row(event.id).cloned();
            return chain.iter().map(|event| (Code::Exists, row(event))).collect();
        }
        if let Some(place) = known.iter().position(Option::is_some) {
            return fail(place, Code::ChainPartiallyExists);
        }

        let malformed = |event: &Event| Self::malformed(header, event).into_iter().min();
        if let Some(place) = chain.iter().position(|event| malformed(event).is_some()) {
            let code = malformed(&chain[place]).unwrap();
            self.burn(&chain[place], code);
            return fail(place, code);
        }

        let before = self.clone();
        let first = self.log.len();
        for (place, event) in chain.iter().enumerate() {
            let refusal = match self.known(event) {
                Some(Code::Exists) => Some(Code::ChainPartiallyExists),
                Some(code) => Some(code),
                None => self.step(header, event, place).err(),
            };
            if let Some(code) = refusal {
                *self = before;
                self.burn(event, code);
                return fail(place, code);
            }
        }
        self.log[first..].iter().map(|row| (Code::Created, Some(row.clone()))).collect()
    }

    fn burn(&mut self, event: &Event, code: Code) {
        if code.burns() && !event.fresh {
            self.refused.insert(event.id, (code, request(event)));
        }
    }

    fn row(&self, id: TransferId) -> Option<&Transfer> {
        self.log.iter().find(|row| row.id == id)
    }

    /// How an identifier used before answers.
    pub fn known(&self, event: &Event) -> Option<Code> {
        if event.fresh {
            return None;
        }
        if let Some((code, asked)) = self.refused.get(&event.id) {
            return Some(if *asked == request(event) { *code } else { Code::IdAlreadyFailed });
        }
        let row = self.row(event.id)?;
        let differences = [
            (event.flags != row.flags, Code::ExistsWithDifferentFlags),
            (event.pending_id != row.pending_id, Code::ExistsWithDifferentPendingId),
            (event.timeout_s != row.timeout_s, Code::ExistsWithDifferentTimeout),
            (event.debit.unwrap_or(row.debit) != row.debit, Code::ExistsWithDifferentDebitAccount),
            (event.credit.unwrap_or(row.credit) != row.credit, Code::ExistsWithDifferentCreditAccount),
            (event.amount != row.asked, Code::ExistsWithDifferentAmount),
            (event.mode != row.mode, Code::ExistsWithDifferentAmount),
            (event.currency != row.currency, Code::ExistsWithDifferentAmount),
            (event.code.unwrap_or(row.code) != row.code, Code::ExistsWithDifferentCode),
            (event.effective_date != row.asked_date, Code::ExistsWithDifferentEffectiveDate),
            (event.group != row.group, Code::ExistsWithDifferentGroup),
            (event.reverses != row.reverses, Code::ExistsWithDifferentReverses),
        ];
        Some(differences.into_iter().find(|(differs, _)| *differs).map_or(Code::Exists, |(_, code)| code))
    }

    fn malformed(header: &BatchHeader, event: &Event) -> Vec<Code> {
        let (post, void, expire) = (is(event, Flags::POST), is(event, Flags::VOID), is(event, Flags::EXPIRE));
        let pending = is(event, Flags::PENDING);
        let balancing = is(event, Flags::BALANCING_DEBIT) || is(event, Flags::BALANCING_CREDIT);
        let reversal = event.reverses.is_some();
        let resolves = post || void || expire;
        let kinds = [pending, post, void, expire, reversal].into_iter().filter(|kind| *kind).count();
        let mode_right = match event.mode {
            AmountMode::Exact => !(balancing || void || expire),
            AmountMode::UpTo => balancing || reversal,
            AmountMode::AllPending => resolves && event.amount == 0,
        };
        let days_back = event.effective_date.map_or(0, |date| (header.business_date - date).get_days());
        let checks = [
            (kinds > 1, Code::FlagsExclusive),
            (balancing && (resolves || reversal), Code::FlagsExclusive),
            (expire && is(event, Flags::LINKED), Code::FlagsExclusive),
            (event.debit.is_some() && event.debit == event.credit, Code::AccountsEqual),
            (resolves && event.pending_id.is_none(), Code::PendingIdRequired),
            (!resolves && event.pending_id.is_some(), Code::PendingIdForbidden),
            (event.timeout_s.is_some() && !pending, Code::TimeoutNeedsPending),
            (event.amount == 0 && event.mode != AmountMode::AllPending, Code::AmountZero),
            (event.amount < 0, Code::AmountTooLarge),
            (!mode_right, Code::AmountModeInvalid),
            (!(0..=3_660).contains(&days_back), Code::EffectiveDateOutOfRange),
        ];
        applying(&checks)
    }

    /// Every refusal that applies to an event whose identifier is new, in no order.
    pub fn refusals(&self, header: &BatchHeader, event: &Event) -> Vec<Code> {
        let mut codes = Self::malformed(header, event);
        let _ = self.judge(header, event, &mut codes);
        codes
    }

    fn judge(&self, header: &BatchHeader, event: &Event, codes: &mut Vec<Code>) -> Option<Move> {
        let resolves = is(event, Flags::POST) || is(event, Flags::VOID) || is(event, Flags::EXPIRE);
        let reversal = !resolves && event.reverses.is_some();
        let named = if resolves { event.pending_id } else { event.reverses };
        let within = |id: AccountId| event.reach.is_none() || self.accounts[&id].owner == event.reach;
        let referred = named.and_then(|id| self.row(id)).filter(|row| within(row.debit));
        let from_referred = |swapped: bool| referred.map(|row| if swapped { row.credit } else { row.debit });

        let refers = resolves || reversal;
        let debit_named = event.debit.or_else(|| from_referred(reversal).filter(|_| refers));
        let credit_named = event.credit.or_else(|| from_referred(!reversal).filter(|_| refers));
        let debit = debit_named.filter(|id| self.accounts.contains_key(id) && (reversal || within(*id)));
        let credit = credit_named.filter(|id| self.accounts.contains_key(id));
        let unknown = |named: Option<AccountId>, found: Option<AccountId>| {
            found.is_none() && (named.is_some() || !refers)
        };
        let other_currency =
            |id: Option<AccountId>| id.is_some_and(|id| self.accounts[&id].currency != event.currency);
        codes.extend(applying(&[
            (unknown(debit_named, debit), Code::DebitAccountNotFound),
            (unknown(credit_named, credit), Code::CreditAccountNotFound),
            (other_currency(debit) || other_currency(credit), Code::CurrencyMismatch),
            (resolves && referred.is_none(), Code::PendingNotFound),
            (reversal && referred.is_none(), Code::ReversesNotFound),
        ]));
        let (debit, credit) = (debit?, credit?);
        if refers && referred.is_none() {
            return None;
        }

        if resolves {
            self.judge_hold(header, event, referred?, codes);
        }
        if reversal {
            let row = referred?;
            let posted = !(row.flags.has(Flags::PENDING)
                || row.flags.has(Flags::VOID)
                || row.flags.has(Flags::EXPIRE));
            let swapped = debit == row.credit && credit == row.debit;
            codes.extend(applying(&[(!posted || !swapped, Code::ReversesNotFound)]));
        }
        self.judge_state(header, event, debit, credit, codes);
        let amount = self.judge_amount(event, debit, credit, referred, codes);
        self.judge_limits(event, debit, credit, amount, codes);
        codes.extend(event.policy);
        let inherited = referred.filter(|_| refers).map_or(0, |row| row.code);
        Some(Move {
            debit,
            credit,
            amount,
            code: if resolves { inherited } else { event.code.unwrap_or(inherited) },
        })
    }

    fn judge_hold(&self, header: &BatchHeader, event: &Event, hold: &Transfer, codes: &mut Vec<Code>) {
        let resolved =
            |flag: Flags| self.log.iter().any(|row| row.pending_id == Some(hold.id) && row.flags.has(flag));
        let (posted, voided, expired) =
            (resolved(Flags::POST), resolved(Flags::VOID), resolved(Flags::EXPIRE));
        let open = !posted && !voided && !expired;
        let due = hold.expires_at.is_some_and(|at| header.now >= at);
        let expire = is(event, Flags::EXPIRE);
        let differs = event.debit.is_some_and(|id| id != hold.debit)
            || event.credit.is_some_and(|id| id != hold.credit)
            || event.code.is_some_and(|code| code != hold.code);
        codes.extend(applying(&[
            (!hold.flags.has(Flags::PENDING), Code::NotPending),
            (expire && open && !due, Code::NotPending),
            (differs, Code::PendingFieldDiffers),
            (posted, Code::PendingAlreadyPosted),
            (voided, Code::PendingAlreadyVoided),
            (expired || (open && due && !expire), Code::PendingExpired),
        ]));
    }

    fn judge_state(
        &self,
        header: &BatchHeader,
        event: &Event,
        debit: AccountId,
        credit: AccountId,
        codes: &mut Vec<Code>,
    ) {
        if is(event, Flags::VOID) || is(event, Flags::EXPIRE) {
            return;
        }
        let date = event.effective_date.unwrap_or(header.business_date);
        let (debit, credit) = (&self.accounts[&debit], &self.accounts[&credit]);
        codes.extend(applying(&[
            (debit.closed, Code::DebitAccountClosed),
            (credit.closed, Code::CreditAccountClosed),
            (debit.frozen_debit, Code::DebitAccountFrozen),
            (credit.frozen_credit, Code::CreditAccountFrozen),
            (header.closed_through.is_some_and(|closed| closed >= date), Code::PeriodClosed),
        ]));
    }

    fn judge_amount(
        &self,
        event: &Event,
        debit: AccountId,
        credit: AccountId,
        referred: Option<&Transfer>,
        codes: &mut Vec<Code>,
    ) -> i64 {
        if is(event, Flags::POST) || is(event, Flags::VOID) || is(event, Flags::EXPIRE) {
            let held = referred.map_or(0, |row| row.amount);
            let asked = if event.mode == AmountMode::AllPending { held } else { event.amount };
            codes.extend(applying(&[(asked > held, Code::ExceedsPending)]));
            return asked;
        }
        if let Some(original) = referred.filter(|_| event.reverses.is_some()) {
            let reversals = self.log.iter().filter(|row| row.reverses == Some(original.id));
            let left = original.amount - reversals.map(|row| row.amount).sum::<i64>();
            let asked = if event.mode == AmountMode::UpTo { event.amount.min(left) } else { event.amount };
            codes.extend(applying(&[(asked > left || left == 0, Code::ExceedsReversible)]));
            return asked;
        }
        let mut amount = i128::from(event.amount);
        if is(event, Flags::BALANCING_DEBIT) {
            let sums = self.sums(debit);
            amount =
                amount.min(wide(sums.credits_posted) - wide(sums.debits_posted) - wide(sums.debits_pending));
        }
        if is(event, Flags::BALANCING_CREDIT) {
            let sums = self.sums(credit);
            amount =
                amount.min(wide(sums.debits_posted) - wide(sums.credits_posted) - wide(sums.credits_pending));
        }
        i64::try_from(amount.max(0)).unwrap()
    }

    fn judge_limits(
        &self,
        event: &Event,
        debit: AccountId,
        credit: AccountId,
        amount: i64,
        codes: &mut Vec<Code>,
    ) {
        if is(event, Flags::POST) || is(event, Flags::VOID) || is(event, Flags::EXPIRE) {
            return;
        }
        let max = wide(i64::MAX);
        let pending = is(event, Flags::PENDING);
        let (from, to, a) = (self.sums(debit), self.sums(credit), wide(amount));
        let (d, dp, c, cp) = (
            wide(from.debits_posted),
            wide(from.debits_pending),
            wide(to.credits_posted),
            wide(to.credits_pending),
        );
        codes.extend(applying(&[
            (pending && dp + a > max, Code::OverflowsDebitsPending),
            (!pending && d + a > max, Code::OverflowsDebitsPosted),
            (pending && cp + a > max, Code::OverflowsCreditsPending),
            (!pending && c + a > max, Code::OverflowsCreditsPosted),
            (d + dp + a > max, Code::OverflowsDebits),
            (c + cp + a > max, Code::OverflowsCredits),
            (event.timeout_s.is_some_and(|seconds| seconds > 34_560_000), Code::OverflowsTimeout),
        ]));
        if amount == 0 {
            return;
        }
        let (debit, credit) = (&self.accounts[&debit], &self.accounts[&credit]);
        let over = |account: &Account| match account.overdraft {
            Overdraft::None => Some(0),
            Overdraft::Limit(limit) => Some(wide(limit)),
            Overdraft::Unlimited => None,
        };
        let debited = d + dp + a - wide(from.credits_posted);
        let credited = c + cp + a - wide(to.debits_posted);
        let broke = |account: &Account, used: i128| over(account).is_some_and(|limit| used > limit);
        let full = |account: &Account, used: i128| account.ceiling.is_some_and(|limit| used > wide(limit));
        codes.extend(applying(&[
            (debit.normal == Side::Credit && broke(debit, debited), Code::InsufficientFunds),
            (credit.normal == Side::Debit && broke(credit, credited), Code::InsufficientFunds),
            (debit.normal == Side::Debit && full(debit, debited), Code::ExceedsCeiling),
            (credit.normal == Side::Credit && full(credit, credited), Code::ExceedsCeiling),
        ]));
    }

    fn step(&mut self, header: &BatchHeader, event: &Event, place: usize) -> Result<(), Code> {
        let mut codes = Self::malformed(header, event);
        let judged = self.judge(header, event, &mut codes);
        if let Some(code) = codes.into_iter().min() {
            return Err(code);
        }
        let Move { debit, credit, amount, code } = judged.unwrap();
        let at = self.log.last().map_or(header.now, |last| header.now.max(last.at + 1));
        let head = |id: AccountId| {
            self.log.iter().rfind(|row| row.debit == id || row.credit == id).map_or(0, |row| row.seq)
        };
        let nothing = After { version: 0, balance: Accumulators::default() };
        let mut row = Transfer {
            seq: header.first_seq + i64::try_from(place).unwrap(),
            id: event.id,
            at,
            debit_no: self.accounts[&debit].no,
            credit_no: self.accounts[&credit].no,
            debit,
            credit,
            currency: event.currency,
            amount,
            asked: event.amount,
            mode: event.mode,
            flags: event.flags,
            code,
            pending_id: event.pending_id,
            timeout_s: event.timeout_s,
            expires_at: event.timeout_s.map(|seconds| at + i64::from(seconds) * 1_000_000),
            effective_date: event.effective_date.unwrap_or(header.business_date),
            asked_date: event.effective_date,
            group: event.group,
            reverses: event.reverses,
            debit_after: nothing,
            credit_after: nothing,
            debit_prev: head(debit),
            credit_prev: head(credit),
        };
        self.log.push(row.clone());
        row.debit_after = self.after(debit);
        row.credit_after = self.after(credit);
        self.log.pop();
        self.log.push(row);
        Ok(())
    }

    /// An account's entries and sums, counted from the first transfer on.
    pub fn after(&self, id: AccountId) -> After {
        let entries = self.log.iter().filter(|row| row.debit == id || row.credit == id).count();
        After { version: i64::try_from(entries).unwrap(), balance: self.sums(id) }
    }

    fn sums(&self, id: AccountId) -> Accumulators {
        let mut sums = Accumulators::default();
        for row in self.log.iter().filter(|row| row.debit == id || row.credit == id) {
            let held = || row.pending_id.and_then(|id| self.row(id)).unwrap().amount;
            let (pending, posted) = if row.flags.has(Flags::PENDING) {
                (row.amount, 0)
            } else if row.flags.has(Flags::POST) {
                (-held(), row.amount)
            } else if row.flags.has(Flags::VOID) || row.flags.has(Flags::EXPIRE) {
                (-held(), 0)
            } else {
                (0, row.amount)
            };
            if row.debit == id {
                sums.debits_pending += pending;
                sums.debits_posted += posted;
            } else {
                sums.credits_pending += pending;
                sums.credits_posted += posted;
            }
        }
        sums
    }

    /// What an account posted on each value date.
    pub fn days(&self, id: AccountId) -> BTreeMap<Date, (i64, i64)> {
        let mut days = BTreeMap::new();
        for row in self.log.iter().filter(|row| row.debit == id || row.credit == id) {
            let moved_nothing =
                [Flags::PENDING, Flags::VOID, Flags::EXPIRE].iter().any(|flag| row.flags.has(*flag));
            if moved_nothing || row.amount == 0 {
                continue;
            }
            let day: &mut (i64, i64) = days.entry(row.effective_date).or_default();
            if row.debit == id { day.0 += row.amount } else { day.1 += row.amount }
        }
        days
    }
}

fn is(event: &Event, flag: Flags) -> bool {
    event.flags.has(flag)
}

fn wide(minor: i64) -> i128 {
    i128::from(minor)
}

fn applying(checks: &[(bool, Code)]) -> Vec<Code> {
    checks.iter().filter(|(applies, _)| *applies).map(|(_, code)| *code).collect()
}

/// What is asked for, whoever asks and however often.
fn request(event: &Event) -> Event {
    Event { fresh: false, reach: None, policy: None, ..event.clone() }
}
