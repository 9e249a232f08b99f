//! Whom the institution deals with, and who works for it: customers and employees.
//!
//! What the crate promises:
//!
//! - A customer is a person who can sign in, and an employee is too: the identifier is the person's own. Names, emails
//!   and roles are kept where people are; what only a bank must know of a customer, and what only an employer must know
//!   of an employee, is kept here.
//! - A customer's telephone, date of birth, address and tax number (a Social Security or Social Insurance Number) are
//!   sealed, each for its column and row. Numbers are found by blind indexes. A tax number is one customer's.
//! - Every answer masks them. Without masks they are given to whoever is permitted that, just proved a factor, and is
//!   written down with what they saw.
//! - Nothing is changed that somebody else changed meanwhile: a change names the version that it is of.
//! - Nobody hires, changes or suspends themselves. Who is suspended or left cannot go on: their sign-ins end in the same
//!   commit.
//!
//! Words: a *form* is what somebody filled in, with all its *faults* told at once; a *record* is what is kept of a
//! customer; a *tax number* is an SSN or a SIN; to *leave* is to stop working here.

mod address;
mod birth_date;
mod countries;
mod customer;
mod customer_form;
mod customer_search;
mod customer_store;
mod customers;
mod employee;
mod employee_store;
mod employees;
mod error;
mod migrations;
mod phone;
mod ports;
mod sealing;
mod tax_id;
mod text;

pub use address::{Address, AddressForm};
pub use birth_date::BirthDate;
pub use customer::{Customer, Reveal};
pub use customer_form::{ChangeCustomer, NewCustomer};
pub use customers::Customers;
pub use employee::{ChangeEmployee, Employee, EmployeeStatus, Hired, NewEmployee, Post, Whom};
pub use employees::{EmployeeQuery, Employees};
pub use error::Error;
pub use florin_kernel::Fault;
pub use migrations::MIGRATIONS;
pub use phone::Phone;
pub use ports::{Afterwards, Invitation, KnownPerson, People, RolesAsked, Staffing};
pub use sealing::SEALED;
pub use tax_id::{TaxId, TaxIdKind};
