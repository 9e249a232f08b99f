//! Employees as rows.

use florin_db::{DbError, Reader, Row, Tx, params};
use florin_kernel::{Department, Timestamp, UserId, Uuid};

use crate::EmployeeStatus;
use crate::employee::Post;

/// A statement about whole employments.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT user_id, department, title, manager_id, status, hired_on, left_on, version, created_at_us, changed_at_us \
             FROM parties_employee ",
            $rest
        )
    };
}

fn post(row: &Row) -> Result<(UserId, Post), DbError> {
    let corrupt = || DbError::Corrupt("parties_employee has a row that was never written".to_owned());
    let post = Post {
        department: row.get::<String>(1)?.parse().map_err(|_| corrupt())?,
        title: row.get(2)?,
        manager: row.get::<Option<Uuid>>(3)?.map(UserId::from_uuid),
        status: row.get::<String>(4)?.parse().map_err(|_| corrupt())?,
        hired_on: row.get(5)?,
        left_on: row.get(6)?,
        version: row.get(7)?,
        created_at: row.get(8)?,
        changed_at: row.get(9)?,
    };
    Ok((UserId::from_uuid(row.get(0)?), post))
}

pub(crate) fn find(reader: &mut Reader<'_>, user: UserId) -> Result<Option<Post>, DbError> {
    let row = reader.row(select!("WHERE user_id = $1"), &params![user.uuid()])?;
    row.as_ref().map(|row| post(row).map(|(_, post)| post)).transpose()
}

/// The employment of somebody, locked until the unit ends.
pub(crate) fn lock(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Post>, DbError> {
    let row = tx.row(select!("WHERE user_id = $1 FOR UPDATE"), &params![user.uuid()])?;
    row.as_ref().map(|row| post(row).map(|(_, post)| post)).transpose()
}

/// Employees after `after`, in the order in which they became known.
pub(crate) fn list(
    reader: &mut Reader<'_>,
    department: Option<Department>,
    status: Option<EmployeeStatus>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<(UserId, Post)>, DbError> {
    let rows = reader.rows(
        select!(
            "WHERE user_id > $1 AND ($2 = '' OR department = $2) AND ($3 = '' OR status = $3) ORDER BY user_id LIMIT $4"
        ),
        &params![
            after.map_or(Uuid::nil(), UserId::uuid),
            department.map_or("", Department::code),
            status.map_or("", EmployeeStatus::code),
            limit,
        ],
    )?;
    rows.iter().map(post).collect()
}

/// Writes an employment that there was not.
pub(crate) fn insert(tx: &mut Tx<'_>, user: UserId, post: &Post) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO parties_employee (user_id, department, title, manager_id, status, hired_on, left_on, version,
                                       created_at_us, changed_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            user.uuid(),
            post.department.code(),
            &post.title,
            post.manager.map(UserId::uuid),
            post.status.code(),
            post.hired_on,
            post.left_on,
            post.version,
            post.created_at,
            post.changed_at,
        ],
    )?;
    Ok(())
}

/// Writes the next version of an employment that is locked; gives it.
pub(crate) fn update(tx: &mut Tx<'_>, user: UserId, post: Post, now: Timestamp) -> Result<Post, DbError> {
    let next = Post { version: post.version.saturating_add(1), changed_at: now, ..post };
    tx.execute(
        "UPDATE parties_employee SET department = $2, title = $3, manager_id = $4, status = $5, hired_on = $6, left_on = $7,
             version = $8, changed_at_us = $9
         WHERE user_id = $1",
        &params![
            user.uuid(),
            next.department.code(),
            &next.title,
            next.manager.map(UserId::uuid),
            next.status.code(),
            next.hired_on,
            next.left_on,
            next.version,
            now,
        ],
    )?;
    Ok(next)
}

/// Has those who report to `from` report to `to`; how many they are.
pub(crate) fn hand_over(
    tx: &mut Tx<'_>,
    from: UserId,
    to: Option<UserId>,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE parties_employee SET manager_id = $2, version = version + 1, changed_at_us = $3 WHERE manager_id = $1",
        &params![from.uuid(), to.map(UserId::uuid), now],
    )
}
