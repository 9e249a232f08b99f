//! Scheduled payments put together: who may still pay, and how they are told.

use std::sync::Arc;

use florin_db::{DbError, Tx};
use florin_identity::Identity;
use florin_kernel::{Action, Env, Resource, UserId};
use florin_notify::{Envelope, Letterhead, ScheduleEvent, ScheduleNotice, schedule_notice};
use florin_payments::{Missed, Payers, Payments, ScheduleNews, Scheduled, What, reason_of_denial};

use crate::config::Config;

/// The scheduled payments of the configuration.
pub(crate) fn open(
    config: &Config,
    payments: &Payments,
    identity: &Arc<Identity>,
    env: &Env,
    letterhead: &Letterhead,
) -> Scheduled {
    let payers =
        PayersOfIdentity { identity: Arc::clone(identity), env: env.clone(), letterhead: letterhead.clone() };
    let missed = match config.payments.scheduled_skip_after_days {
        0 => Missed::Make,
        days => Missed::SkipAfterDays(days.into()),
    };
    Scheduled::new(payments.clone(), Arc::new(payers), missed)
}

/// The people of identity, asked by the policies whether they may pay.
struct PayersOfIdentity {
    identity: Arc<Identity>,
    env: Env,
    letterhead: Letterhead,
}

impl Payers for PayersOfIdentity {
    fn may_pay(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Result<(), &'static str>, DbError> {
        let Some(standing) = self.identity.standing_of(tx, user)? else {
            return Ok(Err("payer_not_permitted"));
        };
        if !standing.active {
            return Ok(Err("payer_suspended"));
        }
        let payer = self.identity.absent(user, &standing);
        let permit = payer.permit(Action::CreatePayment, Resource::kind("payment").owned_by(user));
        Ok(permit.map(drop).map_err(|denied| reason_of_denial(&denied)))
    }

    fn tell(&self, tx: &mut Tx<'_>, user: UserId, news: &ScheduleNews<'_>) -> Result<(), DbError> {
        let Some(person) = self.identity.standing_of(tx, user)? else { return Ok(()) };
        let notice = ScheduleNotice {
            what: match news.what {
                What::Upcoming => ScheduleEvent::Upcoming,
                What::Made => ScheduleEvent::Made,
                What::Delayed(reason, again) => ScheduleEvent::Delayed(reason, again),
                What::Failed(reason) => ScheduleEvent::Failed(reason),
                What::Paused(reason) => ScheduleEvent::Paused(reason),
            },
            description: news.description,
            amount: news.amount,
            due_at: news.due_at,
            zone: news.zone,
        };
        let now = self.env.now();
        let envelope = Envelope { id: self.env.new_uuid(), to: person.email.as_str(), at: now };
        let mail = schedule_notice(&self.letterhead, envelope, person.full_name.as_str(), &notice);
        florin_notify::tell(tx, user, &mail, now).map(drop)
    }
}
