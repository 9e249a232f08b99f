//! Documents of every kind in every format they have.
mod samples;
mod pdf;
