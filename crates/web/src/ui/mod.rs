//! What pages are made of: the components of the design system, each a function or a small builder that renders itself.
//!
//! They look after what is easily forgotten: labels and hints that belong to their fields, captions of tables, words beside
//! colours, texts beside charts, times in the zone of the institution with their instant behind them.

mod alert;
mod chart;
mod confirm;
mod facts;
mod field;
mod graph;
mod money;
mod parts;
mod table;
mod time;

pub(crate) use alert::{alert_of, error_title, errors, saying};
pub(crate) use chart::{Bar, bars, line, share, sparkline};
pub(crate) use confirm::{affirm, confirm, post_form, step, token, upload_form};
pub(crate) use facts::Facts;
pub(crate) use field::Field;
pub(crate) use graph::{Edge, Node, graph};
pub(crate) use money::{money, plain_money, signed_money};
pub(crate) use parts::{
    Event, Tone, badge, card, empty, heading, identifier, link_button, progress, skeleton, stat, status,
    timeline, with_code,
};
pub(crate) use table::{Column, Table, pager};
pub(crate) use time::{date, day, moment};
