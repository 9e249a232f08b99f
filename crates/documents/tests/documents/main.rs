//! Documents of every kind in every format they have.
mod formats;
mod pdf;
mod samples;
