//! What is done beside the requests: jobs, and when they begin by themselves.

use std::sync::Arc;

use florin_audit::RemoveOldRecords;
use florin_compliance::alerts::{MonitorBooks, Monitoring};
use florin_identity::{ForgetFailures, SendResets};
use florin_jobs::{Handler, Schedule, Workers};
use florin_lending::EndDays;
use florin_monitoring::channels::TellChannel;
use florin_notify::{ForgetNotices, SendMail};
use florin_payments::{FollowScheduled, Scheduled, WatchPayments};

use crate::adapters::ForgetAnswers;
use crate::operations::HttpSender;
use crate::resealing::SealAnew;
use crate::{Services, StartError, payments, screening};

impl Services {
    /// The workers of jobs and schedules.
    ///
    /// # Errors
    /// [`StartError::System`] when a schedule cannot be read.
    pub fn workers(&self) -> Result<Workers, StartError> {
        let forget = ForgetAnswers {
            env: self.env.clone(),
            accounts: self.accounts.clone(),
            keep_hours: self.config.payments.idempotency_hours,
        };
        let mut handlers: Vec<Arc<dyn Handler>> = vec![
            Arc::new(SendMail::new(Arc::clone(&self.mailer))),
            Arc::new(forget),
            Arc::new(ForgetNotices::new(
                self.env.clone(),
                self.notices.clone(),
                self.config.mail.notice_days,
            )),
            Arc::new(SendResets(Arc::clone(&self.identity))),
            Arc::new(ForgetFailures(Arc::clone(&self.identity))),
            Arc::new(RemoveOldRecords(self.audit.clone())),
            Arc::new(SealAnew { db: self.db.clone(), vault: self.vault.clone() }),
            Arc::new(EndDays(self.loans.clone())),
        ];
        handlers.extend(payments::handlers(&self.payments, &self.bank_files, &self.db, &self.vault));
        handlers.extend(screening::handlers(&self.sanctions));
        handlers.push(Arc::new(FollowScheduled(Scheduled::clone(&self.scheduled))));
        let schedules = [
            (ForgetAnswers::KIND, "*/15 * * * *"),
            (ForgetFailures::KIND, "7 * * * *"),
            (RemoveOldRecords::KIND, "41 3 * * *"),
            (ForgetNotices::KIND, "17 4 * * *"),
            (SealAnew::KIND, "* * * * *"),
            (WatchPayments::KIND, "* * * * *"),
            // Every hour, so that the day ends soon after midnight in whatever zone the institution is.
            (EndDays::KIND, "5 * * * *"),
        ];
        let schedules = schedules.into_iter().map(|(kind, times)| Schedule::try_new(kind, times, "UTC"));
        let schedules = schedules.collect::<Result<Vec<_>, _>>();
        let mut schedules = schedules.map_err(|error| StartError::System(error.to_string()))?;
        schedules.extend(payments::schedules(&self.config)?);
        let tell = TellChannel::new(
            self.alerts.channels().clone(),
            Arc::<HttpSender>::clone(&self.sender),
            self.env.clone(),
        );
        handlers.push(Arc::new(tell));
        // In the quiet of the night where the institution is.
        handlers.push(Arc::new(MonitorBooks(Monitoring::clone(&self.monitoring))));
        let nightly = Schedule::try_new(MonitorBooks::KIND, "23 2 * * *", &self.config.instance.time_zone);
        schedules.push(nightly.map_err(|error| StartError::System(error.to_string()))?);
        Ok(Workers::new(self.db.clone(), handlers, schedules, Arc::clone(&self.wake)))
    }
}
