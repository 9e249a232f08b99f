//! Employees: hired, moved, suspended, gone.

use std::sync::Arc;

use florin_db::{Db, Tx};
use florin_kernel::{
    Action, Actor, ApprovalId, Date, Denied, Department, Env, Page, PageRequest, Permit, Resource, UserId,
};
use jiff::tz::TimeZone;

use crate::employee::Post;
use crate::employee_store as store;
use crate::ports::{Afterwards, Invitation, KnownPerson, People, RolesAsked, Staffing};
use crate::text::line;
use crate::{ChangeEmployee, Employee, EmployeeStatus, Error, Fault, Hired, NewEmployee, Whom};

/// How many characters a title has at most.
const TITLE_CHARS_MAX: usize = 100;
/// How many managers stand above one another at most.
const LEVELS_MAX: usize = 32;

/// Which employees are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmployeeQuery {
    /// Those of one department.
    pub department: Option<Department>,
    /// Those of one status.
    pub status: Option<EmployeeStatus>,
}

/// Who works here. Clones share them.
#[derive(Clone)]
pub struct Employees {
    db: Db,
    desk: Desk,
    zone: TimeZone,
}

/// What a unit of work needs of others.
#[derive(Clone)]
struct Desk {
    env: Env,
    people: Arc<dyn People>,
    staffing: Arc<dyn Staffing>,
}

impl Employees {
    /// Employees among `people`, of whose employment `staffing` makes what they may do; `zone` says which day it is.
    pub fn new(db: Db, people: Arc<dyn People>, staffing: Arc<dyn Staffing>, zone: TimeZone) -> Self {
        let desk = Desk { env: db.env().clone(), people, staffing };
        Self { db, desk, zone }
    }

    /// A page of employees, in the order in which they became known.
    ///
    /// # Errors
    /// [`Error::Page`], [`Error::Denied`].
    pub async fn list(
        &self,
        by: &Actor,
        query: EmployeeQuery,
        page: &PageRequest,
    ) -> Result<Page<Employee>, Error> {
        by.permit(Action::ReadEmployee, Resource::kind("employee"))?;
        let after = page.cursor_as::<UserId>()?;
        let limit = i64::try_from(page.limit().saturating_add(1)).unwrap_or(i64::MAX);
        let people = Arc::clone(&self.desk.people);
        let found = self
            .db
            .read(move |reader| {
                let mut employees = Vec::new();
                for (user, post) in store::list(reader, query.department, query.status, after, limit)? {
                    if let Some(person) = people.find(reader, user)? {
                        employees.push(seen(user, person, post));
                    }
                }
                Ok::<_, Error>(employees)
            })
            .await?;
        Ok(page.page(found, |employee| employee.id.to_string()))
    }

    /// One employee.
    ///
    /// # Errors
    /// [`Error::EmployeeNotFound`], [`Error::Denied`].
    pub async fn find(&self, by: &Actor, user: UserId) -> Result<Employee, Error> {
        by.permit(Action::ReadEmployee, of(user))?;
        self.read(user).await
    }

    /// Hires somebody, and asks for their roles: given at once only where whoever asks may give them alone.
    ///
    /// Their department counts from the commit on. Who worked here before is hired again by who they are.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::PersonNotFound`], [`Error::AlreadyEmployed`],
    /// [`Error::Suspended`], [`Error::OwnEmployment`], [`Error::Denied`].
    #[tracing::instrument(name = "parties.employee.hire", skip_all)]
    pub async fn hire(&self, by: &Actor, wanted: NewEmployee) -> Result<Hired, Error> {
        let (user, about) = match wanted.whom {
            Whom::Known(user) => (user, of(user)),
            Whom::New { .. } => {
                let user = UserId::from_uuid(self.desk.env.new_uuid());
                (user, Resource::kind("employee"))
            }
        };
        let permit = permit(by, Action::CreateEmployee, user, about)?;
        let (title, hired_on) = self.check(&wanted)?;
        let (desk, actor) = (self.desk.clone(), by.clone());
        let (afterwards, approval) = self
            .db
            .write(permit, move |tx| {
                tx.about(user.uuid());
                let now = desk.env.now();
                let post = Post {
                    department: wanted.department,
                    title: title.clone(),
                    manager: wanted.manager,
                    status: EmployeeStatus::Active,
                    hired_on,
                    left_on: None,
                    version: 1,
                    created_at: now,
                    changed_at: now,
                };
                desk.hire(tx, &actor, user, &wanted, &post)
            })
            .await?;
        for then in afterwards {
            then();
        }
        Ok(Hired { employee: self.read(user).await?, approval })
    }

    /// Changes what a request names of an employment, which must be of `version`. Who left has no department and no
    /// role of staff from the commit on, and no sign-in.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::EmployeeNotFound`], [`Error::Changed`], [`Error::Left`],
    /// [`Error::OwnEmployment`], [`Error::Denied`].
    #[tracing::instrument(name = "parties.employee.change", skip_all, fields(user.id = %user))]
    pub async fn change(
        &self,
        by: &Actor,
        user: UserId,
        version: u32,
        change: ChangeEmployee,
    ) -> Result<Employee, Error> {
        let permit = permit(by, Action::ChangeEmployee, user, of(user))?;
        let title = change.title.as_deref().map(|title| line("title", title, TITLE_CHARS_MAX));
        let title = title.transpose().map_err(|fault| Error::Invalid(vec![fault]))?;
        let left_on = change.left_on.as_deref().map(|text| self.day("left_on", text)).transpose()?;
        let desk = self.desk.clone();
        let afterwards = self
            .db
            .write(permit, move |tx| {
                let before = found(store::lock(tx, user)?)?;
                if before.version != version {
                    return Err(Error::Changed { present: before.version });
                }
                let after = Post {
                    department: change.department.unwrap_or(before.department),
                    title: title.clone().unwrap_or_else(|| before.title.clone()),
                    manager: change.manager.unwrap_or(before.manager),
                    left_on,
                    ..before.clone()
                };
                desk.change(tx, user, &before, after)
            })
            .await?;
        if let Some(then) = afterwards {
            then();
        }
        self.read(user).await
    }

    /// Keeps an employee from working: every sign-in and API key of theirs is worth nothing from the commit on. Done
    /// twice it is done once.
    ///
    /// # Errors
    /// [`Error::EmployeeNotFound`], [`Error::Left`], [`Error::OwnEmployment`], [`Error::Denied`].
    #[tracing::instrument(name = "parties.employee.suspend", skip_all, fields(user.id = %user))]
    pub async fn suspend(&self, by: &Actor, user: UserId) -> Result<Employee, Error> {
        self.set_suspended(by, user, true).await
    }

    /// Lets a suspended employee work again. Done twice it is done once.
    ///
    /// # Errors
    /// As [`Employees::suspend`].
    #[tracing::instrument(name = "parties.employee.reinstate", skip_all, fields(user.id = %user))]
    pub async fn reinstate(&self, by: &Actor, user: UserId) -> Result<Employee, Error> {
        self.set_suspended(by, user, false).await
    }

    async fn set_suspended(&self, by: &Actor, user: UserId, suspended: bool) -> Result<Employee, Error> {
        let permit = permit(by, Action::SuspendEmployee, user, of(user))?;
        let desk = self.desk.clone();
        let afterwards = self
            .db
            .write(permit, move |tx| {
                let before = found(store::lock(tx, user)?)?;
                let status = if suspended { EmployeeStatus::Suspended } else { EmployeeStatus::Active };
                // Somebody else may have let them sign in again meanwhile: that ends, too.
                let can_sign_in = desk.people.lock(tx, user)?.is_some_and(|person| !person.suspended);
                if before.status == status && !(suspended && can_sign_in) {
                    tx.note("unchanged", &status.code());
                    return Ok(None);
                }
                tx.note("before", &before.status.code());
                tx.note("after", &status.code());
                store::update(tx, user, Post { status, ..before }, desk.env.now())?;
                Ok::<_, Error>(Some(desk.staffing.suspend(tx, user, suspended)?))
            })
            .await?;
        if let Some(then) = afterwards {
            then();
        }
        self.read(user).await
    }

    async fn read(&self, user: UserId) -> Result<Employee, Error> {
        let people = Arc::clone(&self.desk.people);
        self.db
            .read(move |reader| {
                let post = store::find(reader, user)?.ok_or(Error::EmployeeNotFound)?;
                let person = people.find(reader, user)?.ok_or(Error::EmployeeNotFound)?;
                Ok(seen(user, person, post))
            })
            .await
    }

    /// The title and the first day, or every fault of the form.
    fn check(&self, wanted: &NewEmployee) -> Result<(String, Date), Error> {
        let mut faults = Vec::new();
        if let Whom::New { full_name, email } = &wanted.whom {
            let people = &self.desk.people;
            faults.extend(people.fault_of_name(full_name).map(|why| Fault::invalid("full_name", why)));
            faults.extend(people.fault_of_email(email).map(|why| Fault::invalid("email", why)));
        }
        let title = line("title", &wanted.title, TITLE_CHARS_MAX);
        let hired_on = wanted.hired_on.as_deref().map_or(Ok(self.today()), |text| self.day("hired_on", text));
        match (title, hired_on) {
            (Ok(title), Ok(hired_on)) if faults.is_empty() => return Ok((title, hired_on)),
            (title, hired_on) => {
                faults.extend(title.err());
                if let Err(Error::Invalid(more)) = hired_on {
                    faults.extend(more);
                }
            }
        }
        Err(Error::Invalid(faults))
    }

    /// A day of this form that has come.
    fn day(&self, field: &'static str, text: &str) -> Result<Date, Error> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: Option<Date> = text.parse().ok().filter(|_| plain);
        let fault = match day {
            Some(day) if day > self.today() => {
                Fault::new(field, "in_future", "today, or a day before it, is wanted")
            }
            Some(day) if day.year() < 1900 => Fault::invalid(field, "a day since 1900-01-01 is wanted"),
            Some(day) => return Ok(day),
            None => Fault::invalid(field, "a day such as 2026-01-31 is wanted"),
        };
        Err(Error::Invalid(vec![fault]))
    }

    fn today(&self) -> Date {
        self.desk.env.now().to_zoned(self.zone.clone()).date()
    }
}

impl Desk {
    fn hire(
        &self,
        tx: &mut Tx<'_>,
        by: &Actor,
        user: UserId,
        wanted: &NewEmployee,
        post: &Post,
    ) -> Result<(Vec<Afterwards>, Option<ApprovalId>), Error> {
        let (now, mut afterwards) = (self.env.now(), Vec::new());
        let before = match &wanted.whom {
            Whom::New { full_name, email } => {
                if !self.people.invite(tx, Invitation { id: user, full_name, email, roles: &[] })? {
                    return Err(Error::EmailTaken);
                }
                None
            }
            Whom::Known(_) => self.welcome_back(tx, user, &mut afterwards)?,
        };
        Self::check_manager(tx, user, post.manager)?;
        tx.note("after", &told(post));
        match before {
            Some(before) => {
                let (version, created_at) = (before.version, before.created_at);
                store::update(tx, user, Post { version, created_at, ..post.clone() }, now)?;
            }
            None => store::insert(tx, user, post)?,
        }
        afterwards.push(self.staffing.place(tx, user, post.department)?);
        let mut approval = None;
        if !wanted.roles.is_empty() {
            match self.staffing.ask_for_roles(tx, by, user, &wanted.roles)? {
                RolesAsked::Given(then) => afterwards.push(then),
                RolesAsked::Held(id) => approval = Some(id),
            }
        }
        Ok((afterwards, approval))
    }

    /// Whoever is known and does not work here; the employment that they had before.
    fn welcome_back(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        afterwards: &mut Vec<Afterwards>,
    ) -> Result<Option<Post>, Error> {
        let person = self.people.lock(tx, user)?.ok_or(Error::PersonNotFound)?;
        let before = store::lock(tx, user)?;
        if before.as_ref().is_some_and(|post| post.status != EmployeeStatus::Left) {
            return Err(Error::AlreadyEmployed);
        }
        if person.suspended {
            // Who left and was nothing else cannot sign in for that; any other reason is not for HR to undo.
            if before.is_none() || !person.roles.is_empty() {
                return Err(Error::Suspended);
            }
            afterwards.push(self.staffing.suspend(tx, user, false)?);
        }
        Ok(before)
    }

    fn change(
        &self,
        tx: &mut Tx<'_>,
        user: UserId,
        before: &Post,
        mut after: Post,
    ) -> Result<Option<Afterwards>, Error> {
        let now = self.env.now();
        if after.manager != before.manager {
            Self::check_manager(tx, user, after.manager)?;
        }
        if let Some(day) = after.left_on {
            if day < after.hired_on {
                let fault = Fault::invalid("left_on", "a day that is not before `hired_on` is wanted");
                return Err(Error::Invalid(vec![fault]));
            }
            after.status = EmployeeStatus::Left;
        }
        tx.note("before", &told(before));
        tx.note("after", &told(&after));
        let after = store::update(tx, user, after, now)?;
        if after.status == EmployeeStatus::Left {
            let reports = store::hand_over(tx, user, after.manager, now)?;
            tx.note("reports_handed_over", &reports);
            return Ok(Some(self.staffing.dismiss(tx, user)?));
        }
        if after.department == before.department {
            return Ok(None);
        }
        Ok(Some(self.staffing.place(tx, user, after.department)?))
    }

    /// A manager works here, and does not report to whom they manage, however many stand between.
    fn check_manager(tx: &mut Tx<'_>, user: UserId, manager: Option<UserId>) -> Result<(), Error> {
        let unusable = |why: &str| Err(Error::Invalid(vec![Fault::invalid("manager_id", why)]));
        let (mut above, mut levels) = (manager, 0_usize);
        while let Some(one) = above {
            if one == user {
                return unusable("somebody who does not report to this employee is wanted");
            }
            if levels >= LEVELS_MAX {
                return unusable("32 managers above one another are the most");
            }
            let Some(post) = store::lock(tx, one)? else {
                return unusable("somebody who works here is wanted");
            };
            if levels == 0 && post.status == EmployeeStatus::Left {
                return unusable("somebody who works here is wanted");
            }
            (above, levels) = (post.manager, levels.saturating_add(1));
        }
        Ok(())
    }
}

fn of(user: UserId) -> Resource {
    Resource::one("employee", user.uuid()).owned_by(user)
}

/// Nobody decides about their own employment, whatever policies say, and no machine about anybody's.
fn permit(by: &Actor, action: Action, user: UserId, about: Resource) -> Result<Permit, Error> {
    if by.user() == Some(user) {
        return Err(Error::OwnEmployment);
    }
    if by.user().is_some() && by.session().is_none() {
        return Err(Denied::Forbidden { action }.into());
    }
    Ok(by.permit(action, about)?)
}

/// An employment that goes on.
fn found(post: Option<Post>) -> Result<Post, Error> {
    let post = post.ok_or(Error::EmployeeNotFound)?;
    if post.status == EmployeeStatus::Left { Err(Error::Left) } else { Ok(post) }
}

fn seen(id: UserId, person: KnownPerson, post: Post) -> Employee {
    let KnownPerson { full_name, email, roles, suspended, last_seen_at, .. } = person;
    Employee { id, full_name, email, roles, can_sign_in: !suspended, last_seen_at, post }
}

/// What the audit trail has of an employment.
fn told(post: &Post) -> serde_json::Value {
    serde_json::json!({
        "department": post.department.code(),
        "title": post.title,
        "manager_id": post.manager.map(|manager| manager.to_string()),
        "status": post.status.code(),
        "hired_on": post.hired_on.to_string(),
        "left_on": post.left_on.map(|day| day.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use florin_kernel::Timestamp;

    use super::*;

    #[test]
    fn an_employment_is_told_to_the_audit_trail_without_a_name_or_an_email() {
        let post = Post {
            department: Department::Loans,
            title: "Clerk".to_owned(),
            manager: None,
            status: EmployeeStatus::Active,
            hired_on: "2026-01-31".parse().unwrap(),
            left_on: None,
            version: 3,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
        };

        assert_eq!(
            told(&post),
            serde_json::json!({
                "department": "loans", "hired_on": "2026-01-31", "left_on": null, "manager_id": null,
                "status": "active", "title": "Clerk",
            })
        );
    }
}
