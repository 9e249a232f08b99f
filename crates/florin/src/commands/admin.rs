//! `florin admin create`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use florin_app::Services;
use florin_db::Access;
use florin_identity::{Email, FullName, NewPerson, Password};
use florin_kernel::{Actor, Env, Role, UserId};
use zeroize::Zeroizing;

use crate::instance::{self, Instance};
use crate::{Exit, Failure, output};

/// Passwords are not longer than this, with the end of the line.
const FILE_BYTES_MAX: u64 = 4_096;

/// Make staff known to the instance
#[derive(Args)]
#[command(after_help = "Example:\n  florin admin create --email ada@example.org")]
pub(super) struct Admin {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    Create(Create),
}

/// Make a person known who can sign in at once; without a password file one is generated and printed
#[derive(Args)]
#[command(
    after_help = "Example:\n  florin admin create --email ada@example.org --name 'Ada Lindqvist' --role admin --role auditor"
)]
struct Create {
    /// The address to sign in with; it is taken as proved
    #[arg(long, value_parser = |text: &str| text.parse::<Email>())]
    email: Email,
    /// What the person may do; may be given several times
    #[arg(long = "role", value_name = "ROLE", default_value = "admin", value_parser = |text: &str| text.parse::<Role>())]
    roles: Vec<Role>,
    /// A file whose first line is the password; - reads it from stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The person's name
    #[arg(long, default_value = "Administrator", value_parser = |text: &str| text.parse::<FullName>())]
    name: FullName,
    #[command(flatten)]
    instance: Instance,
}

impl Admin {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let AdminCommand::Create(create) = self.command;
        create.run()
    }
}

impl Create {
    fn run(self) -> Result<ExitCode, Failure> {
        let config = self.instance.config()?;
        let policy = florin_app::password_policy(&config);
        let (password, generated) = match &self.password_file {
            Some(file) => (read_password(file)?, false),
            None => (crate::demo::generate_password(&policy, &self.email)?, true),
        };
        let person = NewPerson {
            email: self.email.clone(),
            full_name: self.name,
            phone: None,
            password: Password::try_new(&password).map_err(|error| Failure::of(Exit::Usage, &error))?,
        };
        let (id, roles) = (instance::runtime()?.block_on(create(config, person, &self.roles))?, self.roles);
        let codes: Vec<&str> = roles.iter().map(|role| role.code()).collect();
        tell!("{} ({}) can sign in; their id is {id}", self.email.as_str(), codes.join(", "));
        if generated {
            tell!("the password, which is not shown again:");
            output::line(&password)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(
    config: florin_app::config::Config,
    person: NewPerson,
    roles: &[Role],
) -> Result<UserId, Failure> {
    let services = Services::open(config, Access::Command, Env::system()).await?;
    let created = services.identity.create_staff(&Actor::system("admin"), person, roles).await;
    services.db.close();
    Ok(created?)
}

/// The first line of the file.
pub(super) fn read_password(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |error: std::io::Error| Failure::from(error).during(file.display());
    let mut text = Zeroizing::new(String::new());
    if file.as_os_str() == "-" {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(file).map_err(unreadable)?;
        opened.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    }
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::new(Exit::Usage, "the password file is empty"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}
