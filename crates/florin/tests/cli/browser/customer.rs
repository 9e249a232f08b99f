//! A customer's way, from registering to a statement.

use super::*;
