//! `florin access check|explain|review`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use florin_access::{Ownership, Question, Standing, kind_of, matrix};
use florin_app::Services;
use florin_kernel::{Action, Denied, Department, Role};
use serde_json::json;

use crate::instance::Instance;
use crate::{Failure, output};

/// Look at who may do what
#[derive(Args)]
#[command(after_help = "Example:\n  florin access explain transfer.create --role customer --whose own")]
pub(super) struct Access {
    #[command(subcommand)]
    command: AccessCommand,
}

#[derive(Subcommand)]
enum AccessCommand {
    Check(Check),
    Explain(Explain),
    Review(Review),
}

/// Say whether the policies can be used, and how many there are
#[derive(Args)]
#[command(after_help = "Example:\n  FLORIN_ACCESS__POLICIES=./policies florin access check")]
struct Check {
    #[command(flatten)]
    instance: Instance,
}

/// Say whether somebody may do something, and which policies decide that; ends with 3 when they may not
#[derive(Args)]
#[command(after_help = "Example:\n  florin access explain account.read --role teller --whose others --json")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Explain {
    /// What they would do, such as transfer.create
    action: Action,
    /// A role of theirs; give it several times for several, and leave it out for somebody who has none
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// The department that they work in
    #[arg(long, value_name = "DEPARTMENT")]
    department: Option<Department>,
    /// Somebody who has not signed in
    #[arg(long, conflicts_with_all = ["roles", "department", "unverified", "owing_mfa"])]
    stranger: bool,
    /// Their email is not proved
    #[arg(long)]
    unverified: bool,
    /// A role of theirs asks for a second factor, and they have none
    #[arg(long)]
    owing_mfa: bool,
    /// Whose the thing is that they would do it to
    #[arg(long, value_enum, default_value_t = Whose::Nobodys)]
    whose: Whose,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    instance: Instance,
}

#[derive(Clone, Copy, ValueEnum)]
enum Whose {
    /// Their own
    Own,
    /// Somebody else's
    Others,
    /// Nobody's, or it does not matter
    Nobodys,
}

/// Print what every role and every department may do, to be reviewed
#[derive(Args)]
#[command(after_help = "Example:\n  florin access review > roles.txt")]
struct Review {
    #[command(flatten)]
    instance: Instance,
}

impl Access {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            AccessCommand::Check(check) => {
                let policies = Services::policies(&check.instance.config()?)?;
                tell!("the policies can be used: {} of them", policies.ids().len());
                Ok(ExitCode::SUCCESS)
            }
            AccessCommand::Explain(explain) => explain.run(),
            AccessCommand::Review(review) => {
                output::data(&matrix(&access(&review.instance)?))?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

fn access(instance: &Instance) -> Result<florin_access::Access, Failure> {
    Ok(florin_access::Access::new(Services::policies(&instance.config()?)?))
}

impl Explain {
    fn question(&self) -> Question {
        let standing = if self.stranger {
            Standing::ANONYMOUS
        } else {
            let person = Standing::user(&self.roles, !self.unverified);
            let person = self.department.map_or(person, |department| person.in_department(department));
            if self.owing_mfa { person.owing_mfa() } else { person }
        };
        let ownership = match self.whose {
            Whose::Own => Ownership::Own,
            Whose::Others => Ownership::Others,
            Whose::Nobodys => Ownership::Unowned,
        };
        Question { standing, action: self.action, kind: kind_of(self.action), ownership }
    }

    fn run(self) -> Result<ExitCode, Failure> {
        let explained = access(&self.instance)?.explain_question(&self.question());
        let (allowed, answer) = match &explained.decision {
            Ok(()) => (true, "allowed"),
            Err(Denied::Unauthenticated) => (false, "refused: nobody has signed in"),
            Err(Denied::EmailUnverified) => (false, "refused until the email is proved"),
            Err(Denied::MfaEnrolmentRequired) => (false, "refused until a second factor is set up"),
            Err(Denied::StepUpRequired) => (false, "refused until a factor is proved once more"),
            Err(Denied::Forbidden { .. }) => (false, "refused"),
        };
        if self.json {
            let policies = &explained.policies;
            output::json(
                &json!({ "action": self.action.code(), "allowed": allowed, "answer": answer, "policies": policies }),
            )?;
        } else {
            let by = match explained.policies.as_slice() {
                [] => "no policy permits it".to_owned(),
                policies => format!("by {}", policies.join(", ")),
            };
            output::line(&format!("{answer}, {by}"))?;
        }
        Ok(if allowed { ExitCode::SUCCESS } else { ExitCode::from(3) })
    }
}
