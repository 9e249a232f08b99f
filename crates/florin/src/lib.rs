//! The parts of the program that its command line and its tests share.
#![warn(missing_docs)]

pub mod bench;
