//! What is done about files beside the requests.

use std::future::Future;
use std::pin::Pin;

use florin_jobs::{Handler, JobError};

use super::BankFiles;
use super::settings::BankNetwork;

type Run<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;

async fn build(files: &BankFiles, network: BankNetwork) -> Result<(), JobError> {
    match files.build_by_schedule(network).await {
        Ok(Some(built)) => {
            tracing::info!(
                network = network.code(),
                number = built.file.number,
                "a file waits to be taken to the bank"
            );
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error) => Err(JobError::Retry(error.to_string())),
    }
}

/// Makes the day's file for the Automated Clearing House.
pub struct BuildAchFile(pub BankFiles);

impl BuildAchFile {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "bank_file.build_ach";
}

impl Handler for BuildAchFile {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Run<'a> {
        Box::pin(build(&self.0, BankNetwork::Ach))
    }
}

/// Makes the day's file of Canadian transfers.
pub struct BuildEftFile(pub BankFiles);

impl BuildEftFile {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "bank_file.build_eft";
}

impl Handler for BuildEftFile {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Run<'a> {
        Box::pin(build(&self.0, BankNetwork::Eft))
    }
}

/// Settles what was not returned, every quarter of an hour.
pub struct SettleBankFiles(pub BankFiles);

impl SettleBankFiles {
    /// The kind of the job, and the name of its schedule.
    pub const KIND: &'static str = "bank_file.settle";
}

impl Handler for SettleBankFiles {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn run<'a>(&'a self, _: &'a str) -> Run<'a> {
        Box::pin(async move { self.0.settle_due().await.map_err(|error| JobError::Retry(error.to_string())) })
    }
}
